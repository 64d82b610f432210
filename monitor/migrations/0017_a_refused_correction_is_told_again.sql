-- A correction or a kill that a server refused for good is told again, once; and what came back is no better than what was refused.

alter table correction
    drop constraint correction_pkey,
    add primary key (recipient, story, revision, mail),
    add column refused_at timestamptz; -- when its mail was refused for good, and it was due again; null: it counts as told, or is to be sent
create index correction_mail on correction (mail);
comment on column mail.state is 'queued: it waits, and no server can have it
sending: somebody has claimed it until next_try_at; past that they are dead, and how far they came is unknown
unknown: it waits as if queued, but a server may have it already: the next try may be its second copy
sent: a server said that it has it; with a bounce it came back, and nobody hears more of what it told
failed: a server refused it for good; with unanswered = 0 what it told is due again, once, and nobody hears more of what was not
expired: given up after its time; with unanswered = 0 what it told is due again, otherwise it counts as told
recalled: no server can have it, and it told a story that was taken back, or answered a mail that is over; what it told is due again';
