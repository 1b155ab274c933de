-- Gates, one for each store with jobs and one for the tenant itself, and whose turn it is among them.
CREATE TABLE lanes (
    id INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    -- The store; empty: the tenant's own.
    partition BLOB NOT NULL,
    -- Which band has the next turn.
    turn INTEGER NOT NULL DEFAULT 0,
    -- The token of the last claim in it: who was served longest ago is served next.
    served INTEGER NOT NULL DEFAULT 0,
    -- Microseconds; the largest number: until somebody opens it.
    open_at INTEGER,
    paused INTEGER NOT NULL DEFAULT 0,
    UNIQUE (tenant, partition)
) STRICT;
CREATE INDEX lanes_served ON lanes (served);
CREATE INDEX lanes_served_of_tenant ON lanes (tenant, served);
CREATE INDEX lanes_closed ON lanes (open_at) WHERE open_at IS NOT NULL;

-- Jobs, the ended ones that are still remembered included.
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE,
    tenant TEXT NOT NULL,
    lane INTEGER NOT NULL,
    kind TEXT NOT NULL,
    band INTEGER NOT NULL,
    begins_work INTEGER NOT NULL,
    background INTEGER NOT NULL,
    body TEXT NOT NULL,
    status TEXT NOT NULL,
    -- In its lane: 1 due, 2 until its time comes, 3 until a signal. 0: not in it.
    wait INTEGER NOT NULL DEFAULT 0,
    due INTEGER,
    attempt INTEGER NOT NULL DEFAULT 0,
    crashes INTEGER NOT NULL DEFAULT 0,
    suspect INTEGER NOT NULL DEFAULT 0,
    progress TEXT,
    result TEXT,
    failure TEXT,
    serial BLOB,
    -- Its place in its serial key, and among those that took over that place; only while it hasn't ended.
    place INTEGER,
    behind INTEGER,
    unique_key BLOB,
    -- Whether it waits for the end of the holder of its unique key.
    follows INTEGER NOT NULL DEFAULT 0,
    -- Of the last claim.
    token INTEGER NOT NULL DEFAULT 0,
    -- Only in hands.
    lease_ends INTEGER,
    -- The token of the last attempt that was settled.
    settled INTEGER NOT NULL DEFAULT 0,
    cancel_wanted INTEGER NOT NULL DEFAULT 0,
    -- Whether its handler doesn't know of its end yet.
    untold INTEGER NOT NULL DEFAULT 0,
    -- In the order of their ends; a number may be left out.
    ended INTEGER,
    CHECK (CASE
        WHEN ended IS NOT NULL THEN status IN ('completed', 'failed', 'cancelled') AND wait = 0 AND lease_ends IS NULL
        WHEN lease_ends IS NOT NULL THEN status IN ('claimed', 'running') AND wait = 0
        ELSE status = 'pending' END)
) STRICT;
CREATE INDEX jobs_of_tenant ON jobs (tenant, id);
CREATE INDEX jobs_due ON jobs (lane, band, kind, begins_work, due, number) WHERE wait = 1;
CREATE INDEX jobs_timers ON jobs (due) WHERE wait = 2;
CREATE INDEX jobs_parked ON jobs (lane) WHERE wait = 3;
CREATE INDEX jobs_leased ON jobs (lease_ends) WHERE lease_ends IS NOT NULL;
CREATE UNIQUE INDEX jobs_in_order ON jobs (tenant, serial, place, behind) WHERE place IS NOT NULL;
CREATE UNIQUE INDEX jobs_holding ON jobs (tenant, unique_key)
    WHERE unique_key IS NOT NULL AND follows = 0 AND ended IS NULL;
CREATE UNIQUE INDEX jobs_following ON jobs (tenant, unique_key)
    WHERE unique_key IS NOT NULL AND follows = 1 AND ended IS NULL;
CREATE INDEX jobs_untold ON jobs (id) WHERE untold = 1;
CREATE INDEX jobs_ended ON jobs (ended) WHERE ended IS NOT NULL;

-- Buckets: what is missing in them at a moment, in nanoseconds of inflow.
CREATE TABLE budgets (
    bucket TEXT PRIMARY KEY,
    capacity INTEGER NOT NULL,
    refill INTEGER NOT NULL,
    per INTEGER NOT NULL,
    missing INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Bookings whose calls haven't been answered.
CREATE TABLE bookings (
    ticket INTEGER NOT NULL,
    bucket TEXT NOT NULL,
    amount INTEGER NOT NULL,
    booked_at INTEGER NOT NULL,
    PRIMARY KEY (ticket, bucket)
) STRICT, WITHOUT ROWID;
CREATE INDEX bookings_of_bucket ON bookings (bucket);
CREATE INDEX bookings_by_age ON bookings (booked_at);

-- Tickets that bookings were given: the last one is remembered, so that none comes twice.
CREATE TABLE tickets (
    number INTEGER PRIMARY KEY AUTOINCREMENT
) STRICT;
