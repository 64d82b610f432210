-- When the agency corrects or takes back a story, exactly the people who were told of it hear of it.

alter table due
    add column behind boolean not null default false, -- a newer version came since a mail told it: to be looked at
    add column shown integer; -- the newest version that a correction showed since; null: none did
comment on column due.mail is 'the mail that told it first; corrections answer that one';
create index due_story on due (story);
create index due_behind on due (recipient) where behind;

alter table mail
    add column kind text not null default 'digest' check (kind in ('digest', 'correction', 'note'));
update mail set kind = 'note' where run is null;

-- Who was told of which later version by which mail; the first is in due.
create table correction (
    recipient text not null,
    story bigint not null,
    revision integer not null,
    mail bigint not null references mail,
    primary key (recipient, story, revision),
    foreign key (recipient, story) references due
);
