-- What a page settles of its entry's sightings: without this each story that is stored looks through all of them.
create index sighting_waits on sighting (entry) where outcome is null or headline_only;
