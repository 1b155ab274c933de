-- When a worker last said of a kind that it performs it.
CREATE TABLE handled (
    kind TEXT PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
