-- What became of every mail: no copy goes out that is known to be wrong, none is lost, and a second one is counted.

alter table mail
    add column unanswered integer not null default 0, -- tries that ended before the server's word on the message: each may have been delivered
    add column over_at timestamptz, -- when it failed, expired or was recalled
    add column noted bigint references mail, -- the note that told the operator of that
    drop constraint mail_state_check,
    add constraint mail_state_check check (state in ('queued', 'sending', 'sent', 'failed', 'expired', 'unknown', 'recalled')),
    drop constraint mail_kind_check,
    add constraint mail_kind_check check (kind in ('digest', 'correction', 'note', 'instant')),
    drop constraint mail_run_key;
comment on column mail.state is 'queued: it waits, and no server can have it
sending: somebody has claimed it until next_try_at; past that they are dead, and how far they came is unknown
unknown: it waits as if queued, but a server may have it already: the next try may be its second copy
sent: a server said that it has it
failed: a server refused it for good; what it told stays told, the operator hears of it
expired: given up after its time; what it told is due again, and the next digest carries it
recalled: it told a story that was taken back before any server can have had it; what it told is due again';
comment on column mail.next_try_at is 'null once it is over; while sending: when the claim lapses';
comment on column mail.kind is 'digest, correction: of a run; instant: too old after two hours; note: to the operator, of no run';

-- A mail that was recalled is written anew, by the same run.
create unique index mail_run on mail (run) where state <> 'recalled';
create index mail_over on mail (over_at) where over_at is not null;
create index mail_doubtful on mail (created_at) where unanswered > 0;
update mail set over_at = created_at where state = 'failed';

alter table run
    add column covered_by bigint references run; -- nobody was there in its slot: this run told what was due by then; null: it tells by itself
create index run_opened on run (recipient, created_at) where slot is not null and covered_by is null;
