-- When each kind of job last ended well, and when and why one last failed: a row a kind.
create table job_result (
    job text primary key,
    succeeded_at timestamptz,
    failed_at timestamptz,
    error text
);
comment on table job_result is 'How the last jobs of each kind ended';
comment on column job_result.job is 'Name of the task: collect, tell, alert, correct, send, sweep or backtest';
comment on column job_result.succeeded_at is 'When one last ended well; null: never';
comment on column job_result.failed_at is 'When one last raised, or was ended at its limit; not one that had no Postgres';
comment on column job_result.error is 'What the last one that failed said';
