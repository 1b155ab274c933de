-- Ends jobs: they are remembered, their keys are free, and who waited for them goes on. p_how: 0 by their worker, 1
-- because it was lost, 2 before any had them, 3 for a parent, 4 as 2 by a commit that knows of it. With p_how 0 those
-- alone end that are held under the given tokens, whose leases the caller has locked; else the caller has locked the
-- jobs, and gives the tokens of those in hands. p_said: results of completed jobs, parents for which others fail, else failures. Tells which have ended.
CREATE FUNCTION fusion.end_all(p_now bigint, p_how int, p_status smallint, p_back int, p_id uuid[], p_token bigint[],
    p_said text[]) RETURNS uuid[]
LANGUAGE plpgsql VOLATILE AS $$
DECLARE v_ended uuid[]; v_tenant text[]; v_serial bytea[]; v_unique bytea[]; v_key bytea[]; v_sort smallint[];
BEGIN
    WITH own AS MATERIALIZED (SELECT l.token, l.until FROM fusion.leases l WHERE p_how = 0 AND l.token = ANY (p_token)),
    gone AS (
        DELETE FROM fusion.jobs j USING (
            SELECT u.id, u.token, u.said, o.until FROM unnest(p_id, p_token, p_said) AS u (id, token, said)
            LEFT JOIN own o ON o.token = u.token
            WHERE p_how > 0 OR ((u.id, u.token) IN (
                SELECT h.id, h.token FROM fusion.hands h WHERE h.token IN (SELECT o.token FROM own o))) IS TRUE) f
        -- As an array of one, or the planner may walk all jobs and hold each against those that end: it does so where the
        -- table was empty when its rows were last counted.
        WHERE j.id = ANY (ARRAY[f.id])
            AND (p_how > 0 OR CASE WHEN j.beat = f.token THEN j.lease_ends ELSE f.until END > p_now)
        RETURNING j.*, f.token, f.said, j.beat IS NOT DISTINCT FROM f.token AS has_beaten),
    kept AS (
        -- Who holds its serial key keeps its place.
        INSERT INTO fusion.ended (number, lane, id, ended_at, settled, place, behind, rest, heir_of, attempt, crashes, band,
            status, background, granted, suspect, untold, holds, tenant, serial, unique_key, body, payload, progress,
            result, failure, failed_for, parents, parent_failed)
        SELECT g.number, g.lane, g.id, p_now, CASE WHEN p_how = 0 THEN g.token ELSE g.settled END,
            CASE WHEN g.holds > 0 AND p_status = 4 THEN g.place END, CASE WHEN g.holds > 0 AND p_status = 4 THEN g.behind END,
            CASE WHEN g.holds = 2 AND p_status = 4 AND g.place IS NOT NULL THEN (
                SELECT max(j.place) FROM fusion.jobs j WHERE j.tenant = g.tenant AND j.serial = g.serial) END,
            g.heir_of, CASE WHEN g.token IS NULL THEN g.attempt ELSE g.attempt + 1 - p_back END,
            CASE WHEN p_how = 1 AND g.has_beaten AND g.started THEN g.crashes + 1 ELSE g.crashes END, g.band, p_status,
            g.background, g.granted, p_how = 1 OR (g.suspect AND NOT (g.has_beaten AND g.started)), p_status <> 3 AND p_how <> 4,
            g.holds, g.tenant, g.serial, g.unique_key, g.body, g.payload,
            CASE WHEN g.token IS NULL OR g.has_beaten THEN g.progress END, CASE WHEN p_status = 3 THEN g.said END,
            CASE WHEN p_how = 3 THEN NULL WHEN p_status = 3 THEN g.failure ELSE coalesce(g.said, g.failure) END,
            CASE WHEN p_how = 3 THEN g.said::uuid ELSE g.failed_for END, g.parents, g.parent_failed
        FROM gone g
        RETURNING id, tenant, serial, unique_key)
    SELECT array_agg(k.id), array_agg(k.tenant) FILTER (WHERE k.serial IS NOT NULL OR k.unique_key IS NOT NULL),
        array_agg(k.serial) FILTER (WHERE k.serial IS NOT NULL OR k.unique_key IS NOT NULL),
        array_agg(k.unique_key) FILTER (WHERE k.serial IS NOT NULL OR k.unique_key IS NOT NULL)
    INTO v_ended, v_tenant, v_serial, v_unique FROM kept k;
    IF v_ended IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO fusion.ends (at, jobs) VALUES (p_now, v_ended);
    IF p_how > 1 THEN
        UPDATE fusion.parents p SET open = false WHERE p.child = ANY (v_ended) AND p.open;
    END IF;
    IF v_tenant IS NOT NULL THEN
        SELECT array_agg(k.tenant), array_agg(k.sort), array_agg(k.key) INTO v_tenant, v_sort, v_key FROM (
            SELECT u.tenant, 0::smallint AS sort, u.key FROM unnest(v_tenant, v_unique) AS u (tenant, key)
            UNION ALL
            SELECT s.tenant, 1::smallint, s.key FROM unnest(v_tenant, v_serial) AS s (tenant, key)) k
        WHERE k.key IS NOT NULL;
        PERFORM fusion.go_on(p_now, v_tenant, v_sort, v_key);
    END IF;
    RETURN v_ended;
END $$;

-- The same, and with them the rest of a serial key where that is cancelled, and the children that fail when they do.
CREATE FUNCTION fusion.finish(p_now bigint, p_how int, p_status smallint, p_back int, p_id uuid[], p_token bigint[],
    p_said text[]) RETURNS uuid[]
LANGUAGE plpgsql VOLATILE AS $$
DECLARE v_ended uuid[] := fusion.end_all(p_now, p_how, p_status, p_back, p_id, p_token, p_said); v_child uuid[];
BEGIN
    IF p_status = 4 THEN
        PERFORM fusion.spread(p_now, v_ended);
        RETURN v_ended;
    END IF;
    IF EXISTS (SELECT FROM fusion.parents) THEN
        SELECT array_agg(DISTINCT p.child) INTO v_child FROM fusion.parents p WHERE p.parent = ANY (v_ended) AND p.open;
    END IF;
    IF v_child IS NOT NULL THEN
        PERFORM fusion.tell(p_now, v_child);
    END IF;
    RETURN v_ended;
END $$;

-- Settles attempts: 1 completed, 2 retry, 3 snooze, 4 dead, 5 cancelled. Verdicts: 1 accepted, 2 already settled,
-- 3 fenced. Locks leases by token, then jobs, by id where not all are completed, then gates by key.
CREATE FUNCTION fusion.settle(given bigint, p_job uuid[], p_token bigint[], p_end smallint[], p_due bigint[],
    p_is_length boolean[], p_closes boolean[], p_said text[]) RETURNS smallint[]
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_now bigint; v_n int := cardinality(p_job); v_held uuid[]; v_back uuid[]; v_alike record;
BEGIN
    -- Who has a lease locked decides about all that it holds.
    PERFORM FROM fusion.leases l WHERE l.token = ANY (p_token) ORDER BY l.token FOR UPDATE;
    IF NOT p_end && '{2,3,4,5}' THEN
        v_now := fusion.now(given);
        v_held := fusion.finish(v_now, 0, 3::smallint, 0, p_job, p_token, p_said);
    ELSE
        PERFORM FROM fusion.jobs j WHERE j.id = ANY (p_job) ORDER BY j.id FOR UPDATE;
        v_now := fusion.now(given);
        -- A job that somebody wants cancelled doesn't come back.
        FOR v_alike IN
            SELECT CASE s.e WHEN 1 THEN 3 WHEN 4 THEN 4 ELSE 5 END::smallint AS status,
                CASE WHEN s.e = 3 THEN 1 ELSE 0 END AS back, array_agg(s.job) AS job, array_agg(s.token) AS token,
                array_agg(CASE WHEN s.e <> 3 THEN s.said END) AS said
            FROM unnest(p_job, p_token, p_end, p_said) AS s (job, token, e, said) JOIN fusion.jobs j ON j.id = s.job
            WHERE s.e IN (1, 4, 5) OR j.cancel_wanted GROUP BY 1, 2 ORDER BY 1, 2
        LOOP
            v_held := v_held || fusion.finish(v_now, 0, v_alike.status, v_alike.back, v_alike.job, v_alike.token,
                v_alike.said);
        END LOOP;
    END IF;
    IF p_end && '{2,3}' THEN
        -- What was in hands is the head of its serial key, and stays it. One that was given back before it had
        -- started has proved nothing.
        WITH back AS (
            UPDATE fusion.jobs j SET settled = s.token, due = s.due, wait = fusion.waiting(s.due, v_now),
                attempt = CASE WHEN s.e = 3 THEN j.attempt ELSE j.attempt + 1 END,
                suspect = j.suspect AND NOT (j.beat = s.token AND j.started),
                progress = CASE WHEN j.beat = s.token THEN j.progress END, failure = coalesce(s.said, j.failure),
                snoozed = s.why
            FROM (SELECT u.job, u.token, u.e, CASE WHEN u.e = 2 THEN u.said END AS said, l.until,
                    CASE WHEN u.e = 3 THEN u.said END AS why,
                    fusion.moment(u.due, u.is_length, v_now) AS due
                FROM unnest(p_job, p_token, p_end, p_due, p_is_length, p_said) AS u (job, token, e, due, is_length, said)
                JOIN fusion.leases l ON l.token = u.token
                WHERE u.e IN (2, 3) AND ((u.job, u.token) IN (
                    SELECT h.id, h.token FROM fusion.hands h WHERE h.token = ANY (p_token))) IS TRUE) s
            WHERE j.id = s.job AND NOT j.cancel_wanted
                AND CASE WHEN j.beat = s.token THEN j.lease_ends ELSE s.until END > v_now
            RETURNING j.id)
        SELECT array_agg(b.id) INTO v_back FROM back b;
        v_held := v_held || v_back;
        IF true = ANY (p_closes) THEN
            -- Of several waits the longest counts; whoever was told to wait says so, whatever becomes of its own job.
            INSERT INTO fusion.gates AS g (tenant, store, open_at)
            SELECT l.tenant, l.store,
                max(coalesce(fusion.moment(s.due, s.is_length, v_now), 9223372036854775807))
            FROM unnest(p_job, p_token, p_due, p_is_length, p_closes) AS s (job, token, due, is_length, closes)
            CROSS JOIN LATERAL (
                SELECT j.lane FROM fusion.jobs j WHERE j.id = s.job AND j.settled = s.token
                UNION ALL
                SELECT e.lane FROM fusion.ended e WHERE e.id = s.job AND e.settled = s.token) of
            JOIN fusion.lanes l ON l.id = of.lane
            WHERE s.closes AND s.job = ANY (v_held) GROUP BY l.tenant, l.store ORDER BY l.tenant, l.store
            ON CONFLICT (tenant, store) DO UPDATE SET open_at = greatest(g.open_at, excluded.open_at);
        END IF;
    END IF;
    PERFORM fusion.let_off(p_token, v_held);
    IF cardinality(v_held) = v_n THEN
        RETURN array_fill(1::smallint, ARRAY[v_n]);
    END IF;
    RETURN ARRAY(
        SELECT CASE WHEN s.token = 0 OR NOT EXISTS (
                SELECT FROM fusion.jobs j WHERE j.id = s.job AND j.settled = s.token
                UNION ALL
                SELECT FROM fusion.ended e WHERE e.id = s.job AND e.settled = s.token) THEN 3
            WHEN s.job = ANY (v_held) THEN 1 ELSE 2 END::smallint
        FROM unnest(p_job, p_token) WITH ORDINALITY AS s (job, token, nth) ORDER BY s.nth);
END $$;

-- Takes jobs out of locked leases, and leases away that hold none any more.
CREATE FUNCTION fusion.let_off(p_token bigint[], p_id uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    WITH rest AS MATERIALIZED (
        SELECT l.token, ARRAY(
            SELECT u.id FROM unnest(l.jobs) AS u (id) WHERE (u.id NOT IN (SELECT unnest(p_id)))) AS jobs
        FROM fusion.leases l WHERE l.token = ANY (p_token) AND p_id <> '{}'),
    over AS (DELETE FROM fusion.leases l USING rest r WHERE l.token = r.token AND r.jobs = '{}')
    UPDATE fusion.leases l SET jobs = r.jobs FROM rest r WHERE l.token = r.token AND r.jobs <> '{}';
END $$;

-- Extends leases. Verdicts: 1 held, 2 held and wanted cancelled, 3 lost, 4 held and paused before it has started.
CREATE FUNCTION fusion.beat(given bigint, p_job uuid[], p_token bigint[], p_started boolean[], p_progress text[],
    p_lease bigint) RETURNS smallint[]
LANGUAGE plpgsql VOLATILE
SET lock_timeout = '1s' SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE v_ends bigint; v_now bigint; v_id uuid[]; v_of bigint[]; v_wanted boolean[];
    v_lane bigint[];
BEGIN
    PERFORM fusion.require_read_committed();
    PERFORM FROM fusion.leases l WHERE l.token = ANY (p_token) ORDER BY l.token FOR UPDATE;
    -- Not what others hold by now: they may be about to settle it.
    PERFORM FROM fusion.jobs j WHERE j.id = ANY (p_job) AND j.id IN (
        SELECT h.id FROM fusion.hands h WHERE h.token = ANY (p_token)) ORDER BY j.id FOR UPDATE;
    v_now := fusion.now(given);
    v_ends := v_now + least(p_lease, 9223372036854775807 - v_now);
    WITH extended AS (
        UPDATE fusion.jobs j SET beat = b.token, lease_ends = v_ends,
            started = b.started OR (j.beat = b.token AND j.started),
            progress = coalesce(b.progress, CASE WHEN j.beat = b.token THEN j.progress END)
        FROM (SELECT u.*, l.until FROM unnest(p_job, p_token, p_started, p_progress) AS u (job, token, started, progress)
            JOIN fusion.leases l ON l.token = u.token
            WHERE ((u.job, u.token) IN (
                SELECT h.id, h.token FROM fusion.hands h WHERE h.token = ANY (p_token))) IS TRUE) b
        WHERE j.id = b.job AND CASE WHEN j.beat = b.token THEN j.lease_ends ELSE b.until END > v_now
        RETURNING j.id, j.beat, j.cancel_wanted, CASE WHEN NOT j.started THEN j.lane END AS unstarted)
    SELECT array_agg(e.id), array_agg(e.beat), array_agg(e.cancel_wanted), array_agg(e.unstarted)
    INTO v_id, v_of, v_wanted, v_lane FROM extended e;
    -- Only where a lease has become shorter.
    UPDATE fusion.leases l SET ends = v_ends WHERE l.token = ANY (v_of) AND l.ends > v_ends;
    RETURN ARRAY(
        SELECT CASE WHEN e.id IS NULL THEN 3 WHEN e.wanted THEN 2
            WHEN e.lane IS NOT NULL AND (SELECT s.paused FROM fusion.stands s WHERE s.id = e.lane) THEN 4
            ELSE 1 END::smallint
        FROM unnest(p_job, p_token) WITH ORDINALITY AS b (job, token, nth)
        LEFT JOIN unnest(v_id, v_of, v_wanted, v_lane) AS e (id, token, wanted, lane)
            ON e.id = b.job AND e.token = b.token
        ORDER BY b.nth);
END $$;
