-- People come, pause and leave. The file says who exists; what somebody did by a link or a command stands here, and counts more.

-- When nothing is sent to somebody, and why. Pauses that the file names are not here.
create table absence (
    id bigint generated always as identity primary key,
    recipient text not null references recipient on update cascade,
    -- paused, suspended: what is due waits for them; stopped (by themselves), removed (from the file): nothing is due
    kind text not null check (kind in ('paused', 'stopped', 'suspended', 'removed')),
    by text not null check (by in ('recipient', 'operator', 'bounces', 'file')),
    began_at timestamptz not null,
    over_at timestamptz, -- when it is over, or was; null: when somebody ends it
    told bigint references mail -- the mail that told the operator of a suspension
);
create index absence_recipient on absence (recipient, over_at);

-- The token of a mail's links, by which its recipient stops or pauses what they get.
create table link (
    hash bytea primary key, -- sha256; the token itself stands in the mail only
    mail bigint not null references mail
);
create index link_mail on link (mail);

-- Mails that came back.
create table bounce (
    mail bigint primary key references mail, -- once, however often that is said
    recipient text not null references recipient on update cascade,
    status text not null, -- RFC 3463: "5.1.1"
    said text not null, -- by the mail server
    noted_at timestamptz not null
);
create index bounce_recipient on bounce (recipient, noted_at);

-- Whoever wants to be forgotten keeps their rows, under a name that says nothing.
alter table subscription
    drop constraint subscription_recipient_fkey,
    add constraint subscription_recipient_fkey foreign key (recipient) references recipient on update cascade;
alter table run
    drop constraint run_recipient_fkey,
    add constraint run_recipient_fkey foreign key (recipient) references recipient on update cascade;
alter table due
    drop constraint due_recipient_fkey,
    add constraint due_recipient_fkey foreign key (recipient) references recipient on update cascade;
alter table correction
    drop constraint correction_recipient_story_fkey,
    add constraint correction_recipient_story_fkey foreign key (recipient, story) references due on update cascade;
create index mail_recipient on mail (recipient, created_at);
