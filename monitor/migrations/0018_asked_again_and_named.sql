-- Machines that follow different rules for a while; copies that came when the mail was written.

create table ruleset (
    single boolean primary key default true check (single), -- there is one row
    fingerprint text not null, -- of the rules in force: those of the configuration that a process took up last
    began_at timestamptz not null -- when they came into force
);
alter table member add column rules text; -- fingerprint of those that it follows

-- Stories whose newest version was matched by other rules than those in force; whoever follows these asks them, and takes it out.
create table unasked (
    story bigint primary key references story on delete cascade
);

alter table due
    add column later text check (later in ('agency', 'outlet')); -- with copy_of: whose copy came after the mail, which does not name it; else null
