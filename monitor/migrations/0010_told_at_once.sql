-- Told at once: which rules' stories a recipient does not want to wait for, and what is still to be told so.

alter table subscription
    add column instant boolean not null default false; -- what this rule matches is told at once

alter table story
    add column fresh_until timestamptz; -- until then it may be told at once; null: never, it came with a new source's backlog

alter table due
    add column instant boolean not null default false; -- to be told at once; false again once a mail told it, so that what comes back waits for the digest
create index due_instant on due (recipient) where instant;
create index due_mail on due (mail) where mail is not null;

alter table mail
    drop constraint mail_kind_check,
    add constraint mail_kind_check check (kind in ('digest', 'correction', 'note', 'instant'));
create index mail_instant on mail (recipient, created_at) where kind = 'instant';
