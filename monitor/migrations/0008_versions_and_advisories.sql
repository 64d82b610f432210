-- What the agency says of a story beside its words, and the advisories that speak of another story.

alter table revision
    add column slug text not null default '', -- what was printed around the headline: "CORRECTED-UPDATE 2"; of a packet its slugline
    add column version integer, -- as a mark or a packet prints it
    add column note text not null default ''; -- advisories and notes, one a line

-- A kill, a hold or a correction that came as an item of its own, and the story that it means.
create table advisory (
    id bigint generated always as identity primary key,
    entry bigint not null unique references entry on delete cascade,
    source text not null references source,
    sources text[] not null, -- of whose stories it may speak: those of its agency
    status text not null check (status in ('withdrawn', 'held', 'corrected', 'usable')), -- usable: released
    headline text not null,
    item jsonb not null, -- all that it says
    likely bigint[] not null, -- stories that it may mean, likeliest first
    at timestamptz not null,
    told bigint references mail, -- the mail that asked the operator
    settled_at timestamptz, -- null: it waits for an answer
    story bigint references story -- null with settled_at: none of ours
);
create index advisory_open on advisory (id) where settled_at is null;
create index advisory_story on advisory (story) where story is not null;
