-- The last slot of each schedule that was taken.
CREATE TABLE slots (
    tenant TEXT NOT NULL,
    schedule TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant, schedule)
) STRICT, WITHOUT ROWID;
