-- Same copy, many outlets: what a story is compared by, which stories say the same in the same words, and who was told so.

-- A story as it is compared with others, as long as it is news; then what came of it.
create table copy (
    story bigint primary key references story,
    own boolean not null, -- its source is the agency that it names
    standing text not null, -- of the newest version: its status, with gone counted as usable; copies are not looked for across it
    marks bigint[], -- of the newest version; null once it is older than copies are looked for
    cluster bigint, -- stories of one number are copies of each other; null: it copied none, and none copied it
    placed boolean not null, -- it was compared as it stands
    apart boolean not null default false, -- somebody said that it is no copy, for good
    noted_at timestamptz not null
);
create index copy_open on copy (story) where not placed;
create index copy_cluster on copy (cluster) where cluster is not null;
create index copy_kept on copy (noted_at) where marks is not null;
create sequence copy_cluster_number as bigint;

-- copy.marks, to be looked up by.
create table mark (
    hash bigint not null,
    story bigint not null,
    primary key (hash, story)
);

alter table due
    add column copy_of bigint; -- told as a copy of this story, by its mail; null: under its own headline. No reference: it would lock that story
