-- A mail that a server may have counts as told, however long nobody says so; one that none can have does not, refused or not.

comment on column mail.state is 'queued: it waits, and no server can have it
sending: somebody has claimed it until next_try_at; past that they are dead, and how far they came is unknown
unknown: it waits as if queued, but a server may have it already: the next try may be its second copy
sent: a server said that it has it
failed: a server refused it for good; with unanswered = 0 what it told is due again, once, and nobody hears more of what was not
expired: given up after its time; with unanswered = 0 what it told is due again, otherwise it counts as told
recalled: no server can have it, and it told a story that was taken back, or answered a mail that is over; what it told is due again';
comment on column mail.kind is 'digest, correction: of a run; instant: too old after two hours, if no server can have it; note: to the operator, of no run';

alter table due
    add column refused boolean not null default false, -- a mail that told it was refused for good, and it was due again; no second time
    add column named bigint references mail; -- the mail that named its source beside a copy, from which it was set apart since; null: told by itself
comment on column due.mail is 'the mail that told it first; corrections answer that one, or else named';
