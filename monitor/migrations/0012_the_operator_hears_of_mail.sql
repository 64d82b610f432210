-- What the operator hears of mails that do not go out.

alter table outage add column recipient text references recipient on update cascade; -- whose mail is refused; null: about no recipient
comment on column outage.source is 'null: of the machine, or about a recipient';
drop index outage_open;
create unique index outage_open on outage (coalesce(source, ''), coalesce(recipient, ''), state) where ended_at is null;

create index mail_sent on mail (sent_at) where state = 'sent';
create index mail_refused on mail (recipient, id) where state = 'failed';
