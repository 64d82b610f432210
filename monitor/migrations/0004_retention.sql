-- What retention needs: mails whose bytes are gone, and a way to what is old that does not lead past all that is young.

alter table mail
    alter column bytes drop not null, -- null: no longer kept
    add column sha256 bytea, -- of the bytes; written when they go
    add constraint mail_bytes check (bytes is not null or sha256 is not null);
create index mail_kept on mail (created_at) where bytes is not null;

create index story_kept on story (seen_at) where purged_at is null;
create index entry_told on entry (seen_at) where title <> '' or summary <> '' or body <> '' or item is not null;

create index evidence_good on evidence (source, fetched_at) where story is not null and bytes is not null;
create index evidence_bad on evidence (fetched_at) where story is null;
