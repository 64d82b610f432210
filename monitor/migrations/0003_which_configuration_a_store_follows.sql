-- Sources and subscriptions are those of one configuration: another one that is tried on the same store would retire them.

create table binding (
    single boolean primary key default true check (single), -- there is one row
    configuration text not null, -- absolute path of the file
    bound_at timestamptz not null
);
