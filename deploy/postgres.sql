-- What compose.yaml's Postgres makes of a new database for wirewatch: a role that owns one schema and nothing else.
\getenv password WIREWATCH_DATABASE_PASSWORD
create role wirewatch login password :'password';
create schema wirewatch authorization wirewatch;
