-- Back-tests that are jobs, so that who asks for one need not wait for it; and what each version of a rule said, so that an upgrade can
-- show what it changes.

create table backtest (
    id bigint generated always as identity primary key,
    rules jsonb not null, -- the rule, its edited form or null, and those that they name
    since timestamptz not null, -- what reached us from here on …
    until timestamptz not null, -- … and before this is asked
    asked_at timestamptz not null,
    claimed_until timestamptz, -- somebody is at it; when this is past and it has not ended they died, and the next begins anew
    done real not null default 0, -- share of the time that is read, from 0 to 1
    hits integer not null default 0, -- so far
    ended_at timestamptz, -- when it is over, well or not
    result jsonb, -- what came of it
    error text -- why nothing did
);
create index backtest_open on backtest (id) where ended_at is null;

alter table rule
    add column said jsonb; -- the rule as it was written; null: it went out of use before this was kept
