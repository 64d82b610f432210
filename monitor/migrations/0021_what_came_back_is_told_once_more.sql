-- A mail that came back told nobody, as one that was refused; and the operator hears of news that is not told again.

comment on column mail.state is 'queued: it waits, and no server can have it
sending: somebody has claimed it until next_try_at; past that they are dead, and how far they came is unknown
unknown: it waits as if queued, but a server may have it already: the next try may be its second copy
sent: a server said that it has it; with a bounce it came back, and it is as if it had failed
failed: a server refused it for good; with unanswered = 0 what it told is due again, once, and nobody hears more of what was not
expired: given up after its time; with unanswered = 0 what it told is due again, otherwise it counts as told
recalled: no server can have it, and it told a story that was taken back, or answered a mail that is over; what it told is due again';
comment on column due.refused is 'a mail that told it was refused for good, or came back, and it was due again; no second time';
comment on column correction.refused_at is 'when its mail was refused for good, or came back, and it was due again; null: it counts as told, or is to be sent';
comment on column mail.noted is 'the note that told the operator that it did not arrive';
