-- The tables that carry the promise: every story on your topic, once, with proof that nothing was missed.
-- All times are timestamptz. A claim is a time until which somebody works on a row; if they die it lapses and the row is due again.

create table source (
    id text primary key,
    began_at timestamptz not null, -- when it was first configured: what it published over 24 hours before is archive, not news
    active boolean not null default true, -- false once it left the configuration
    feed text not null, -- at another address its validators and its backlog mean nothing
    every interval not null,
    next_poll_at timestamptz not null,
    claimed_by text, -- the batch that may poll it now; null: nobody does
    claimed_until timestamptz,
    etag text, -- validators of the last answer, for the conditional GET
    modified text,
    listed_at timestamptz, -- when it last listed entries; null before the first poll that did
    polled_at timestamptz,
    succeeded_at timestamptz, -- last answer that was a feed, or 304
    failures integer not null default 0, -- polls failed in a row
    error text -- of the last poll; null when it went well
);
create index source_due on source (next_poll_at) where active;

create table entry (
    id bigint generated always as identity primary key,
    source text not null references source,
    guid text not null, -- the feed's, or the address where the feed gives none or the same for several
    url text not null,
    title text not null,
    summary text not null,
    body text not null, -- the feed's own full text; emptied once the page is read
    published_at timestamptz,
    hash bytea not null, -- of all that the feed says of it: when it changes the page is read again
    backlog boolean not null, -- listed by the source's first poll
    state text not null default 'pending' check (state in ('pending', 'read', 'headline-only', 'refused')),
    attempts integer not null default 0,
    next_try_at timestamptz, -- null: not to be fetched (again)
    error text,
    story bigint, -- what became of it
    seen_at timestamptz not null,
    unique (source, guid)
);
create index entry_open on entry (source, next_try_at) where next_try_at is not null;

create table story (
    id bigint generated always as identity primary key,
    source text not null references source, -- the one that brought it first
    url text not null unique, -- canonical
    latest integer not null default 0, -- its newest revision; 0 while the first is being written
    fingerprint bytea, -- of the newest revision's words
    seen_at timestamptz not null,
    news_at timestamptz not null, -- when it counts as having reached us: seen, or published when it came with a source's backlog
    search tsvector -- canonical words of the newest revision, capped
);
create index story_news on story (news_at);
create index story_search on story using gin (search);

alter table entry add foreign key (story) references story;

create table revision (
    story bigint not null references story on delete cascade,
    number integer not null,
    headline text not null,
    other_headlines text[] not null,
    lead text not null,
    paragraphs text[] not null,
    byline text[] not null,
    agency text,
    section text,
    dateline jsonb,
    language text,
    published_at timestamptz,
    published_precision text not null check (published_precision in ('minute', 'day')),
    updated_at timestamptz,
    status text not null,
    keywords text[] not null,
    headline_only boolean not null, -- read from the feed because the page could not be
    read_at timestamptz not null,
    primary key (story, number)
);

create table match (
    story bigint not null,
    revision integer not null,
    rule text not null,
    version text not null, -- of the rule, sets included
    spans jsonb not null, -- [[field, start, end, alias], …], code points
    matched_at timestamptz not null,
    primary key (story, revision, rule, version),
    foreign key (story, revision) references revision on delete cascade
);

create table rule (
    id text not null,
    version text not null,
    began_at timestamptz not null, -- when this version came into use; the 24 hours before were then matched again
    ended_at timestamptz, -- when it went out of use; it may come back
    primary key (id, version)
);

create table recipient (
    email text primary key,
    began_at timestamptz not null -- no slot before it is owed
);

create table subscription (
    recipient text not null references recipient,
    rule text not null,
    position integer not null, -- in the recipient's list: a story of several rules is told under the first
    began_at timestamptz not null, -- what counts as news from 24 hours before on is told
    ended_at timestamptz,
    primary key (recipient, rule)
);

create table run (
    id bigint generated always as identity primary key,
    recipient text not null references recipient,
    slot text, -- local date of a daily digest, UTC hour of an hourly one; null: asked for by hand
    created_at timestamptz not null,
    claimed_until timestamptz,
    closed_at timestamptz, -- its mail is written, or there was nothing to tell
    unique (recipient, slot)
);
create index run_open on run (claimed_until) where closed_at is null;

create table mail (
    id bigint generated always as identity primary key,
    run bigint not null unique references run,
    recipient text not null,
    message_id text not null unique,
    bytes bytea not null, -- exactly what goes out, on every try
    state text not null default 'queued' check (state in ('queued', 'sending', 'sent', 'failed')),
    attempts integer not null default 0,
    next_try_at timestamptz, -- null once sent or failed for good; while sending: when the claim lapses
    error text,
    created_at timestamptz not null,
    sent_at timestamptz
);
create index mail_open on mail (next_try_at) where next_try_at is not null;

-- What somebody is still to be told (mail is null), and what they were told: once per recipient and story.
create table due (
    recipient text not null references recipient,
    story bigint not null references story,
    revision integer not null, -- the one that made it due
    rule text not null, -- the recipient's first that matched
    created_at timestamptz not null,
    mail bigint references mail,
    told integer, -- the revision that the mail showed
    primary key (recipient, story)
);
create index due_open on due (recipient) where mail is null;
