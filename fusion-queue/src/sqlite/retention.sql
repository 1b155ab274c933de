-- When it ended.
ALTER TABLE jobs ADD COLUMN ended_at INTEGER;
DROP INDEX jobs_ended;
CREATE INDEX jobs_ended ON jobs (ended, ended_at) WHERE ended IS NOT NULL;

-- What handlers wrote about jobs.
CREATE TABLE lines (
    job INTEGER NOT NULL,
    nth INTEGER NOT NULL,
    at INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (job, nth)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER lines_forgotten AFTER DELETE ON jobs BEGIN
    DELETE FROM lines WHERE job = old.number;
END;
