-- The account of completeness: what each source listed, what became of it, where something may have been missed, who was told of it.

alter table source
    add column digest bytea, -- of the bytes of its last whole answer: the same again needs no reading
    add column charset text, -- that explained the bytes of its last list, whatever it declared; null: its reader needed none
    add column full_at timestamptz, -- last answer that was whole, not 304: some servers say 304 though the list changed
    add column lies boolean not null default false, -- it did; it is asked without conditions from then on
    add column pace interval, -- shorter than every while its list turns over fast; null: every
    add column newest_at timestamptz, -- publication of the newest entry it ever listed, or when that was first seen
    add column page_failures integer not null default 0, -- pages in a row that could not be read, or on which its selectors found nothing
    add column page_failed_at timestamptz, -- the first of those
    add column page_error text, -- the last of those
    add column audited_on date, -- the last day whose list was compared with the next rung's
    add column state text not null default 'ok' check (state in ('ok', 'quiet', 'failing', 'unreadable'));
comment on column source.feed is 'its first way to be asked: an address, or a folder';

alter table entry
    add column item jsonb, -- the story as a packet tells it, whole: no page is fetched
    add column rechecks integer not null default 0, -- times the page of a matched story was fetched again: agencies overwrite in place
    add column gone integer not null default 0; -- answers in a row that there is no such page
create index entry_url on entry (source, url);

alter table revision
    add column characters integer not null default 0; -- of its paragraphs; asked far more often than these are
update revision set characters = length(array_to_string(paragraphs, ''));

alter table story
    add column purged_at timestamptz; -- only the tombstone is left: it never comes back as new

-- What each source was asked and said, an hour at a time.
create table account (
    source text not null references source,
    hour timestamptz not null,
    polls integer not null default 0,
    unchanged integer not null default 0, -- of these
    failed integer not null default 0, -- of these
    skipped integer not null default 0, -- polls that were due while the one before still ran
    listed integer not null default 0, -- entries, each as often as it was listed by an answer that was read
    seen integer not null default 0, -- of these: listed before, and not changed since
    primary key (source, hour)
);

-- An entry that was new or changed when it was listed, and what became of it: account.listed = account.seen + the hour's sightings.
create table sighting (
    id bigint generated always as identity primary key,
    entry bigint not null references entry on delete cascade,
    source text not null references source,
    at timestamptz not null,
    outcome text check (outcome in ('new', 'changed', 'seen', 'refused')), -- null: still pending
    reason text, -- of a refusal
    headline_only boolean not null default false, -- its story stands on what the list says
    merged boolean not null default false, -- its story came from another source before
    matched boolean not null default false, -- its story matched a rule
    story bigint,
    settled_at timestamptz
);
create unique index sighting_open on sighting (entry) where outcome is null;
create index sighting_source on sighting (source, at);

-- A list of which nothing was seen before: something may have come and gone between two polls.
create table gap (
    id bigint generated always as identity primary key,
    source text not null references source,
    from_at timestamptz not null, -- the newest that we had
    to_at timestamptz not null, -- the oldest that was listed when it was noticed
    noticed_at timestamptz not null,
    tries integer not null default 0, -- climbs to the other rungs
    stories integer not null default 0, -- entries that these brought
    filled_by text, -- the kind of rung that reaches back to what we had
    closed_at timestamptz -- filled, or given up
);
create unique index gap_open on gap (source) where closed_at is null;

-- A day's list beside that of another rung: how much of what the wire published we had.
create table recall (
    source text not null references source,
    day date not null, -- in the source's zone
    rung text not null,
    listed integer not null,
    known integer not null, -- of these we had before we looked
    at timestamptz not null,
    primary key (source, day)
);

-- The bytes behind what we say: each accepted version's, and the first of a failure.
create table evidence (
    id bigint generated always as identity primary key,
    source text not null references source,
    story bigint references story, -- null: of an answer that was no story
    revision integer,
    url text not null,
    status integer not null,
    headers jsonb not null, -- [[name, value], …]
    fetched_at timestamptz not null,
    sha256 bytea not null, -- of the bytes as received, content encoding undone
    size integer not null,
    bytes bytea -- zlib; null: not kept, or no longer
);
alter table evidence alter column bytes set storage external; -- compressed already
create unique index evidence_version on evidence (story, revision) where story is not null;
create index evidence_kept on evidence (fetched_at) where bytes is not null;

-- What the operator is told once, and when it is over.
create table outage (
    id bigint generated always as identity primary key,
    source text references source, -- null: of the machine
    state text not null, -- quiet, failing, unreadable; of the machine: network, disk
    began_at timestamptz not null,
    noticed_at timestamptz not null,
    detail text not null,
    bad bigint references evidence, -- the first answer that was bad
    good bigint references evidence, -- the last one before it
    well_at timestamptz, -- since when it looks well again; it ends when that has lasted
    ended_at timestamptz,
    told bigint references mail, -- the mail that said so
    told_over bigint references mail -- the mail that said it is over
);
create unique index outage_open on outage (coalesce(source, ''), state) where ended_at is null;

alter table mail alter column run drop not null; -- null: a note to the operator
