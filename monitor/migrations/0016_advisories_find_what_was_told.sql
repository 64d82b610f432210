-- What an advisory may mean is looked up with what its feed calls each story; without this Postgres reads all entries for each of them.

create index entry_story on entry (story) where story is not null;
