-- What a search of the archive needs to find exactly what live matching found, and when the archive was last matched again.

alter table revision
    add column source text, -- that brought this version; null: its story's
    add column country text; -- of that source, as rules heard it then
update revision set source = story.source from story where story.id = revision.story;

-- The words were cut up by Postgres's own parser, and not all of them: "…" says that the index does not hold all, so each search reads these.
update story set search = search || array_to_tsvector(array['…']) where search is not null;

-- A rule asks the index several hundred times, and each time Postgres reads all of what it has not put in order yet.
alter index story_search set (gin_pending_list_limit = 256);

-- Each night's second look at the last days.
create table sweep (
    day date primary key, -- UTC
    began_at timestamptz not null,
    ended_at timestamptz, -- null: under way, or cut short; the next night looks at the same days
    stories integer not null default 0, -- looked at
    missed integer not null default 0, -- matches that should have been made when they came in, and are made now
    wrong integer not null default 0 -- matches that were made and should not have been
);
