-- Several machines on one Postgres: a host is asked by one of them at a time, and each says that it is alive.

alter table source add column host text; -- of its first way to be asked; null: a folder, or this machine, which many may ask at once
create index source_held on source (host) where claimed_until is not null;

-- Processes at work in this store, each in a row that it keeps fresh and takes with it when it leaves; of the dead it stays for a day.
create table member (
    id uuid primary key,
    machine text not null, -- its host name
    pid integer not null,
    version text not null, -- of wirewatch
    part text not null check (part in ('run', 'scheduler', 'worker')), -- the command it was started with
    began_at timestamptz not null,
    seen_at timestamptz not null, -- its last sign of life
    leads boolean not null, -- its schedule is the one in force
    jobs jsonb not null, -- what it has in hand: name of the task, how many of them
    batches text[] not null -- of the polls in hand, by which its claims are found
);

-- Of most entries the story was read: how the others stand is asked without these.
create index entry_unread on entry (source, state) where state <> 'read';
