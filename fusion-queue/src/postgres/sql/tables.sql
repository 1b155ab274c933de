-- Every `fusion.` in these files stands for the schema that the settings name. Moments are microseconds since 1970;
-- the largest number is a moment that never comes.

-- A function that another one calls is PL/pgSQL where it can't be put in place of its call: of SQL it would be planned
-- anew at each call.

-- Whoever calls a function that calls others switches the planner as all do: a plan stays with the session, and each
-- of these statements has one that is good whatever it is given. To plan one anew costs more than to run it.

-- The only clock: the server's, or the one that a caller was given. Read after locks, never before.
CREATE FUNCTION fusion.now(given bigint) RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT coalesce(given, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
$$;

-- The moment that is meant by a length from now, or by a moment. NULL: none is known.
CREATE FUNCTION fusion.moment(due bigint, is_length boolean, now bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN is_length THEN now + least(due, 9223372036854775807 - now) ELSE due END
$$;

-- How a job in its lane waits: 1 due, 2 until its time comes, 3 until a signal.
CREATE FUNCTION fusion.waiting(due bigint, now bigint) RETURNS smallint LANGUAGE sql IMMUTABLE AS $$
    SELECT (CASE WHEN due IS NULL THEN 3 WHEN due <= now THEN 1 ELSE 2 END)::smallint
$$;

-- No cache: the older of two jobs has the smaller number, and the newer of two claims the greater token.
CREATE SEQUENCE fusion.numbers;
CREATE SEQUENCE fusion.tokens;
CREATE SEQUENCE fusion.tickets;

-- Jobs that differ in nothing but band and time. Store zero: the tenant's own.
CREATE TABLE fusion.lanes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text NOT NULL,
    store uuid NOT NULL,
    kind text NOT NULL,
    begins_work boolean NOT NULL,
    UNIQUE (tenant, store, kind, begins_work)
);

-- What has ever held back a store's jobs that begin work. No row: open.
CREATE TABLE fusion.gates (
    tenant text NOT NULL,
    store uuid NOT NULL,
    open_at bigint,
    paused boolean NOT NULL DEFAULT false,
    -- How many of its jobs that begin work may be in hands at once.
    max_live bigint,
    PRIMARY KEY (tenant, store)
);
CREATE INDEX gates_closed ON fusion.gates (open_at) WHERE open_at IS NOT NULL;
CREATE INDEX gates_limited ON fusion.gates (tenant, store) WHERE max_live IS NOT NULL;

-- Kinds that are paused; empty: every kind.
CREATE TABLE fusion.pauses (
    tenant text NOT NULL,
    kind text NOT NULL,
    PRIMARY KEY (tenant, kind)
);

-- Lanes with what holds them back.
CREATE VIEW fusion.stands AS
    SELECT l.id, l.tenant, l.store, l.kind, l.begins_work,
        CASE WHEN l.begins_work THEN g.open_at END AS open_at,
        CASE WHEN l.begins_work THEN g.max_live END AS max_live,
        (l.begins_work AND g.paused IS TRUE) OR EXISTS (
            SELECT FROM fusion.pauses p WHERE p.tenant = l.tenant AND p.kind IN ('', l.kind)) AS paused
    FROM fusion.lanes l LEFT JOIN fusion.gates g ON g.tenant = l.tenant AND g.store = l.store;

-- Jobs that haven't ended. Whose hands a job is in its row doesn't say: a claim writes one row of `leases`, whatever it
-- takes. Some room in each page, since a sign of life changes no indexed column, so that the row stays in it.
CREATE TABLE fusion.jobs (
    number bigint NOT NULL,
    lane bigint NOT NULL,
    id uuid PRIMARY KEY,
    due bigint,
    -- The token of the last attempt that was settled.
    settled bigint NOT NULL DEFAULT 0,
    -- The token under which the last sign of life was given; what it said holds for that claim alone.
    beat bigint NOT NULL DEFAULT 0,
    lease_ends bigint,
    -- Its place in its serial key, and among those that took over that place.
    place bigint,
    behind bigint,
    heir_of uuid,
    -- Those that are over.
    attempt integer NOT NULL DEFAULT 0,
    crashes integer NOT NULL DEFAULT 0,
    band smallint NOT NULL,
    -- In its lane as `waiting` says. 0: behind another of its serial key, or waiting for the holder of its unique key
    -- or for parents.
    wait smallint NOT NULL,
    background boolean NOT NULL,
    granted boolean NOT NULL,
    started boolean NOT NULL DEFAULT false,
    suspect boolean NOT NULL DEFAULT false,
    follows boolean NOT NULL DEFAULT false,
    awaits boolean NOT NULL DEFAULT false,
    -- What becomes of its serial key when it fails for good: 0 it goes on, 1 it is held, 2 the rest is cancelled.
    holds smallint NOT NULL DEFAULT 0,
    cancel_wanted boolean NOT NULL DEFAULT false,
    tenant text NOT NULL,
    serial bytea,
    unique_key bytea,
    body text NOT NULL,
    payload text NOT NULL,
    progress text,
    -- Why its last attempt put it off, if that did.
    snoozed text,
    failure text,
    -- The parent for which it failed, where that is the last failure.
    failed_for uuid,
    -- Where it names any; what becomes of it when one ends badly: 0 it fails, 1 it runs, 2 it waits.
    parents uuid[],
    parent_failed smallint NOT NULL DEFAULT 0,
    -- A lease has an end where the handler's sign of life says so. The only check: each is read anew for every statement
    -- that writes here.
    CHECK ((lease_ends IS NOT NULL) = (beat <> 0))
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_insert_scale_factor = 0.2, autovacuum_vacuum_cost_delay = 0);
-- The condition is always true, and keeps away who looks for an id alone: where the table was empty when the server last
-- counted its rows, the planner would take this index for it, and read all of it for each id.
CREATE INDEX jobs_of_tenant ON fusion.jobs (tenant, id) WHERE tenant IS NOT NULL;
CREATE INDEX jobs_due ON fusion.jobs (lane, band, due, number) WHERE wait = 1;
CREATE INDEX jobs_timers ON fusion.jobs (due) WHERE wait = 2;
CREATE INDEX jobs_parked ON fusion.jobs (lane) WHERE wait = 3;
CREATE UNIQUE INDEX jobs_in_order ON fusion.jobs (tenant, serial, place, behind) WHERE serial IS NOT NULL;
CREATE UNIQUE INDEX jobs_of_key ON fusion.jobs (tenant, unique_key, follows) WHERE unique_key IS NOT NULL;

-- One for each claim: the jobs that it still holds. A job is in hands as long as it stands in one of them.
CREATE TABLE fusion.leases (
    token bigint PRIMARY KEY,
    -- When a job of it has to be looked at whose worker may be lost: no later than the first of them.
    ends bigint NOT NULL,
    -- When its jobs are lost that have given no sign of life.
    until bigint NOT NULL,
    worker text NOT NULL,
    jobs uuid[] NOT NULL
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_cost_delay = 0, toast.autovacuum_vacuum_scale_factor = 0,
        toast.autovacuum_vacuum_threshold = 2000, toast.autovacuum_vacuum_cost_delay = 0);
-- Ids can't be made smaller.
ALTER TABLE fusion.leases ALTER jobs SET STORAGE EXTERNAL;
CREATE INDEX leases_by_end ON fusion.leases (ends);

-- Refuses a transaction that looks at leases as they were when it began: each statement has to see what claims have
-- committed before it.
CREATE FUNCTION fusion.require_read_committed() RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'jobs are changed at the isolation level READ COMMITTED alone' USING ERRCODE = '25001',
            HINT = 'Begin the transaction so, or set default_transaction_isolation of the user or the database.';
    END IF;
END $$;

-- Jobs in hands, each with the claim that holds it.
CREATE VIEW fusion.hands AS
    SELECT u.id, l.token, l.until FROM fusion.leases l CROSS JOIN LATERAL unnest(l.jobs) AS u (id);

-- Whether a job is in hands. Who is going to change it locks its row by an earlier statement: a claim does as well.
CREATE FUNCTION fusion.is_held(p_id uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM fusion.leases l WHERE p_id = ANY (l.jobs));
END $$;

-- Unique keys (sort 0) and serial keys (sort 1) of jobs that haven't ended or hold their key. Whoever comes in or goes on under a key
-- locks its row, so that neither overlooks the other.
CREATE TABLE fusion.keys (
    tenant text NOT NULL,
    sort smallint NOT NULL,
    key bytea NOT NULL,
    PRIMARY KEY (tenant, sort, key)
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_cost_delay = 0);

-- Keys that had to go on while somebody else's transaction held their row; and by their ids, as sort 2, jobs to be
-- judged by their parents once more, and, as sort 3, dead heads with a rest that is still to be cancelled.
CREATE TABLE fusion.loose (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text NOT NULL,
    sort smallint NOT NULL,
    key bytea NOT NULL
);

-- Which jobs name which as their parents; kept as long as the child is.
CREATE TABLE fusion.parents (
    parent uuid NOT NULL,
    child uuid NOT NULL,
    -- Whether the child still waits for it.
    open boolean NOT NULL,
    PRIMARY KEY (parent, child)
);
CREATE INDEX parents_of_child ON fusion.parents (child);

-- Jobs that have ended and are remembered.
CREATE TABLE fusion.ended (
    number bigint NOT NULL,
    lane bigint NOT NULL,
    id uuid PRIMARY KEY,
    ended_at bigint NOT NULL,
    settled bigint NOT NULL,
    -- Its place in its serial key, while it holds that.
    place bigint,
    -- Up to which place those behind it are cancelled, while some of them are left.
    rest bigint,
    behind bigint,
    heir_of uuid,
    attempt integer NOT NULL,
    crashes integer NOT NULL,
    band smallint NOT NULL,
    -- 3 completed, 4 failed, 5 cancelled.
    status smallint NOT NULL CHECK (status BETWEEN 3 AND 5),
    background boolean NOT NULL,
    granted boolean NOT NULL,
    suspect boolean NOT NULL,
    -- Whether its handler doesn't know of its end yet.
    untold boolean NOT NULL,
    holds smallint NOT NULL,
    tenant text NOT NULL,
    serial bytea,
    unique_key bytea,
    body text NOT NULL,
    payload text NOT NULL,
    progress text,
    result text,
    failure text,
    failed_for uuid,
    parents uuid[],
    parent_failed smallint NOT NULL
) WITH (autovacuum_vacuum_insert_scale_factor = 0.2, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX ended_of_tenant ON fusion.ended (tenant, id) WHERE tenant IS NOT NULL;
CREATE INDEX ended_untold ON fusion.ended (id) WHERE untold;
CREATE INDEX ended_holding ON fusion.ended (tenant, serial, place, behind) WHERE place IS NOT NULL;

-- Which of them ended together, by age: an entry for each of them in an index of theirs would cost every end as much as
-- the row does.
CREATE TABLE fusion.ends (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at bigint NOT NULL,
    jobs uuid[] NOT NULL
);
ALTER TABLE fusion.ends ALTER jobs SET STORAGE EXTERNAL;
CREATE INDEX ends_by_age ON fusion.ends (at);

-- Each set of those in hands is read once, however many jobs are asked for.
CREATE VIEW fusion.known AS
    SELECT id, tenant, lane,
        (CASE WHEN id NOT IN (SELECT h.id FROM fusion.hands h) THEN 0
            WHEN started AND (id, beat) IN (SELECT h.id, h.token FROM fusion.hands h) THEN 2 ELSE 1 END)::smallint AS status,
        CASE WHEN id IN (SELECT h.id FROM fusion.hands h) THEN attempt + 1 ELSE attempt END AS attempt, crashes,
        background, serial, heir_of, body, payload,
        CASE WHEN id NOT IN (SELECT h.id FROM fusion.hands h)
            OR (id, beat) IN (SELECT h.id, h.token FROM fusion.hands h) THEN progress END AS progress,
        NULL::text AS result, failure, failed_for, parents, false AS untold
    FROM fusion.jobs
    UNION ALL
    SELECT id, tenant, lane, status, attempt, crashes, background, serial, heir_of, body, payload, progress,
        result, failure, failed_for, parents, untold
    FROM fusion.ended;

-- Jobs by their places in serial keys: those that haven't ended, and the dead that hold their key. Without conditions of
-- its own, so that the first and the last of a key are read from the two indexes alone, however many wait; whoever asks
-- for the first says that it has a place.
CREATE VIEW fusion.in_order AS
    SELECT tenant, serial, place, behind, id, wait, false AS is_dead FROM fusion.jobs
    UNION ALL
    SELECT tenant, serial, place, behind, id, 0::smallint, true FROM fusion.ended;

-- Buckets: what is missing in them at a moment, in nanoseconds of inflow; less than nothing: how long they have been
-- full.
CREATE TABLE fusion.budgets (
    bucket text PRIMARY KEY,
    capacity bigint NOT NULL,
    refill bigint NOT NULL,
    per bigint NOT NULL,
    missing bigint NOT NULL,
    at bigint NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

-- Bookings whose calls haven't been answered.
CREATE TABLE fusion.bookings (
    ticket bigint NOT NULL,
    bucket text NOT NULL,
    amount bigint NOT NULL,
    booked_at bigint NOT NULL,
    PRIMARY KEY (ticket, bucket)
);
CREATE INDEX bookings_of_bucket ON fusion.bookings (bucket);
CREATE INDEX bookings_by_age ON fusion.bookings (booked_at);
