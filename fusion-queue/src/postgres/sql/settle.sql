-- Ends jobs: they are remembered, their keys are free, and who waited for them goes on. p_how: 0 by their worker, 1
-- because it was lost, 2 before any had them, 3 for a parent. The caller has locked them, or gives the tokens under
-- which they must be held: then they are locked here, by id. Tells which have ended, and when the first of their leases
-- would have.
CREATE FUNCTION fusion.end_all(p_now bigint, p_how int, p_id uuid[], p_status smallint[], p_back int[], p_result text[],
    p_failure text[], p_untold boolean[], p_failed_for uuid[], p_token bigint[], OUT ended uuid[], OUT first_end bigint)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE v_tenant text[]; v_sort smallint[]; v_key bytea[]; v_waiting uuid[];
BEGIN
    -- Who holds its serial key keeps its place.
    WITH gone AS (
        DELETE FROM fusion.jobs j USING (
            SELECT u.* FROM unnest(p_id, p_status, p_back, p_result, p_failure, p_untold, p_failed_for, p_token)
                AS u (id, status, back, result, failure, untold, failed_for, token) ORDER BY u.id) f
        WHERE j.id = f.id
            AND (p_token IS NULL OR (j.token = f.token AND j.status > 0 AND j.lease_ends > p_now))
        RETURNING j.number, j.lane, j.id, j.token, j.settled, j.heir_of, j.attempt, j.crashes, j.band, j.status AS was,
            j.background, j.granted, j.suspect, j.holds, j.awaits, j.tenant, j.serial, j.unique_key, j.body, j.payload,
            j.progress, j.parents, j.parent_failed, j.lease_ends, coalesce(f.failed_for, j.failed_for) AS failed_for,
            CASE WHEN f.failed_for IS NULL THEN j.failure END AS earlier,
            CASE WHEN j.holds AND f.status = 4 THEN j.place END AS place,
            CASE WHEN j.holds AND f.status = 4 THEN j.behind END AS behind,
            f.status, f.back, f.result, f.failure, f.untold),
    kept AS (
        INSERT INTO fusion.ended (number, lane, id, ended_at, token, settled, place, behind, heir_of, attempt, crashes,
            band, status, background, granted, suspect, untold, holds, tenant, serial, unique_key, body, payload,
            progress, result, failure, failed_for, parents, parent_failed)
        SELECT g.number, g.lane, g.id, p_now, g.token, CASE WHEN p_how = 0 THEN g.token ELSE g.settled END, g.place,
            g.behind, g.heir_of, g.attempt - g.back, g.crashes + CASE WHEN p_how = 1 AND g.was = 2 THEN 1 ELSE 0 END,
            g.band, g.status, g.background, g.granted, p_how = 1 OR (g.suspect AND g.was <> 2), g.untold, g.holds,
            g.tenant, g.serial, g.unique_key, g.body, g.payload, g.progress, g.result, coalesce(g.failure, g.earlier),
            g.failed_for, g.parents, g.parent_failed
        FROM gone g),
    keys AS (
        SELECT k.* FROM gone g
        CROSS JOIN LATERAL (VALUES (g.tenant, 0::smallint, g.unique_key, NULL::uuid),
            (g.tenant, 1::smallint, g.serial, CASE WHEN g.awaits THEN g.id END)) AS k (tenant, sort, key, waiting)
        WHERE (g.unique_key IS NOT NULL OR g.serial IS NOT NULL OR g.awaits)
            AND (k.key IS NOT NULL OR k.waiting IS NOT NULL))
    SELECT g.ended, g.first_end, k.tenant, k.sort, k.key, k.waiting
    INTO ended, first_end, v_tenant, v_sort, v_key, v_waiting
    FROM (SELECT array_agg(g.id) AS ended, min(g.lease_ends) AS first_end FROM gone g) g CROSS JOIN (
        SELECT array_agg(k.tenant) FILTER (WHERE k.key IS NOT NULL) AS tenant,
            array_agg(k.sort) FILTER (WHERE k.key IS NOT NULL) AS sort,
            array_agg(k.key) FILTER (WHERE k.key IS NOT NULL) AS key,
            array_agg(k.waiting) FILTER (WHERE k.waiting IS NOT NULL) AS waiting
        FROM keys k) k;
    IF v_waiting IS NOT NULL THEN
        UPDATE fusion.parents p SET open = false WHERE p.child = ANY (v_waiting) AND p.open;
    END IF;
    IF v_key IS NOT NULL THEN
        PERFORM fusion.go_on(p_now, v_tenant, v_sort, v_key);
    END IF;
END $$;

-- The same, and with them the children that fail when they do.
CREATE FUNCTION fusion.finish(p_now bigint, p_how int, p_id uuid[], p_status smallint[], p_back int[], p_result text[],
    p_failure text[], p_untold boolean[], p_token bigint[], OUT ended uuid[], OUT first_end bigint)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE v_child uuid[];
BEGIN
    SELECT e.ended, e.first_end INTO ended, first_end FROM fusion.end_all(p_now, p_how, p_id, p_status, p_back,
        p_result, p_failure, p_untold, NULL, p_token) e;
    SELECT array_agg(DISTINCT p.child) INTO v_child FROM fusion.parents p WHERE p.parent = ANY (ended) AND p.open;
    IF v_child IS NOT NULL THEN
        PERFORM fusion.tell(p_now, v_child);
    END IF;
END $$;

-- Settles attempts: 1 completed, 2 retry, 3 snooze, 4 dead, 5 cancelled. Verdicts: 1 accepted, 2 already settled,
-- 3 fenced. Locks jobs by id, then gates by key, then leases by token.
CREATE FUNCTION fusion.settle(given bigint, p_job uuid[], p_token bigint[], p_end smallint[], p_due bigint[],
    p_is_length boolean[], p_closes boolean[], p_said text[]) RETURNS smallint[]
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_now bigint; v_n int := cardinality(p_job); v_held uuid[]; v_of bigint[]; v_id uuid[]; v_status smallint[];
    v_back int[]; v_result text[]; v_failure text[]; v_untold boolean[]; v_ended uuid[]; v_first_end bigint;
    v_token bigint[];
BEGIN
    IF p_end && '{2,3}' THEN
        -- What comes back is locked together with what ends.
        PERFORM FROM fusion.jobs j WHERE j.id = ANY (p_job) ORDER BY j.id FOR UPDATE;
        v_now := fusion.now(given);
        -- A job that somebody wants cancelled doesn't come back.
        WITH held AS (
            SELECT s.*, CASE WHEN s.e IN (2, 3) AND j.cancel_wanted THEN 6 ELSE s.e END AS becomes
            FROM unnest(p_job, p_token, p_end, p_said) AS s (job, token, e, said)
            JOIN fusion.jobs j ON j.id = s.job AND j.token = s.token AND j.status > 0 AND j.lease_ends > v_now)
        SELECT array_agg(h.job), array_agg(h.token),
            array_agg(h.job) FILTER (WHERE h.becomes NOT IN (2, 3)),
            array_agg(CASE h.becomes WHEN 1 THEN 3 WHEN 4 THEN 4 ELSE 5 END::smallint)
                FILTER (WHERE h.becomes NOT IN (2, 3)),
            array_agg(CASE WHEN h.e = 3 THEN 1 ELSE 0 END) FILTER (WHERE h.becomes NOT IN (2, 3)),
            array_agg(CASE WHEN h.e = 1 THEN h.said END) FILTER (WHERE h.becomes NOT IN (2, 3)),
            array_agg(CASE WHEN h.e IN (2, 4) THEN h.said END) FILTER (WHERE h.becomes NOT IN (2, 3)),
            array_agg(h.becomes <> 1) FILTER (WHERE h.becomes NOT IN (2, 3))
        INTO v_held, v_of, v_id, v_status, v_back, v_result, v_failure, v_untold FROM held h;
    ELSE
        v_now := fusion.now(given);
        v_id := p_job;
        v_token := p_token;
        v_back := array_fill(0, ARRAY[v_n]);
        IF p_end && '{4,5}' THEN
            SELECT array_agg(CASE s.e WHEN 1 THEN 3 ELSE s.e END::smallint ORDER BY s.nth),
                array_agg(CASE WHEN s.e = 1 THEN s.said END ORDER BY s.nth),
                array_agg(CASE WHEN s.e = 4 THEN s.said END ORDER BY s.nth), array_agg(s.e <> 1 ORDER BY s.nth)
            INTO v_status, v_result, v_failure, v_untold
            FROM unnest(p_end, p_said) WITH ORDINALITY AS s (e, said, nth);
        ELSE
            v_status := array_fill(3::smallint, ARRAY[v_n]);
            v_result := p_said;
            v_failure := array_fill(NULL::text, ARRAY[v_n]);
            v_untold := array_fill(false, ARRAY[v_n]);
        END IF;
    END IF;
    IF v_id IS NOT NULL THEN
        SELECT f.ended, f.first_end INTO v_ended, v_first_end
        FROM fusion.finish(v_now, 0, v_id, v_status, v_back, v_result, v_failure, v_untold, v_token) f;
    END IF;
    IF v_token IS NOT NULL THEN
        -- The time was read before the locks.
        IF v_first_end <= fusion.now(given) THEN
            RAISE EXCEPTION 'a lease has ended meanwhile' USING ERRCODE = '40001';
        END IF;
        v_held := v_ended;
        IF cardinality(v_held) = v_n THEN
            v_of := p_token;
        ELSE
            SELECT array_agg(s.job), array_agg(s.token) INTO v_held, v_of
            FROM unnest(p_job, p_token) AS s (job, token) JOIN fusion.ended e ON e.id = s.job AND e.settled = s.token
            WHERE s.job = ANY (v_held);
        END IF;
    END IF;
    IF p_end && '{2,3}' THEN
        -- What was in hands is the head of its serial key, and stays it. One that was given back before it had
        -- started has proved nothing.
        UPDATE fusion.jobs j SET status = 0, lease_ends = NULL, settled = j.token, due = s.due,
            wait = fusion.waiting(s.due, v_now), attempt = j.attempt - CASE WHEN s.e = 3 THEN 1 ELSE 0 END,
            suspect = j.suspect AND j.status <> 2, failure = coalesce(s.said, j.failure)
        FROM (SELECT u.job, u.token, u.e, CASE WHEN u.e = 2 THEN u.said END AS said,
                fusion.moment(u.due, u.is_length, v_now) AS due
            FROM unnest(p_job, p_token, p_end, p_due, p_is_length, p_said) AS u (job, token, e, due, is_length, said)
            WHERE u.e IN (2, 3)) s
        WHERE j.id = s.job AND j.token = s.token AND j.status > 0 AND j.lease_ends > v_now;
        IF true = ANY (p_closes) THEN
            -- Of several waits the longest counts.
            INSERT INTO fusion.gates AS g (tenant, store, open_at)
            SELECT l.tenant, l.store,
                max(coalesce(fusion.moment(s.due, s.is_length, v_now), 9223372036854775807))
            FROM unnest(p_job, p_token, p_due, p_is_length, p_closes) AS s (job, token, due, is_length, closes)
            JOIN unnest(v_held, v_of) AS h (job, token) ON h.job = s.job AND h.token = s.token
            JOIN fusion.jobs j ON j.id = s.job JOIN fusion.lanes l ON l.id = j.lane
            WHERE s.closes GROUP BY l.tenant, l.store ORDER BY l.tenant, l.store
            ON CONFLICT (tenant, store) DO UPDATE SET open_at = greatest(g.open_at, excluded.open_at);
        END IF;
    END IF;
    IF v_of IS NOT NULL THEN
        PERFORM FROM fusion.leases l WHERE l.token = ANY (v_of) ORDER BY l.token FOR UPDATE;
        WITH less AS (SELECT u.token, count(*) AS n FROM unnest(v_of) AS u (token) GROUP BY u.token),
        empty AS (DELETE FROM fusion.leases l USING less WHERE l.token = less.token AND l.held <= less.n)
        UPDATE fusion.leases l SET held = l.held - less.n FROM less WHERE l.token = less.token AND l.held > less.n;
    END IF;
    IF cardinality(v_held) = v_n THEN
        RETURN array_fill(1::smallint, ARRAY[v_n]);
    END IF;
    RETURN ARRAY(
        SELECT CASE WHEN h.job IS NOT NULL THEN 1
            WHEN s.token <> 0 AND (EXISTS (SELECT FROM fusion.jobs j WHERE j.id = s.job AND j.settled = s.token)
                OR EXISTS (SELECT FROM fusion.ended e WHERE e.id = s.job AND e.settled = s.token)) THEN 2
            ELSE 3 END::smallint
        FROM unnest(p_job, p_token) WITH ORDINALITY AS s (job, token, nth)
        LEFT JOIN unnest(v_held, v_of) AS h (job, token) ON h.job = s.job AND h.token = s.token ORDER BY s.nth);
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
    PERFORM FROM fusion.jobs j WHERE j.id = ANY (p_job) AND j.status > 0 ORDER BY j.id FOR UPDATE;
    v_now := fusion.now(given);
    v_ends := v_now + least(p_lease, 9223372036854775807 - v_now);
    WITH extended AS (
        UPDATE fusion.jobs j SET lease_ends = v_ends, status = CASE WHEN b.started THEN 2 ELSE j.status END,
            progress = coalesce(b.progress, j.progress)
        FROM unnest(p_job, p_token, p_started, p_progress) AS b (job, token, started, progress)
        WHERE j.id = b.job AND j.token = b.token AND j.status > 0 AND j.lease_ends > v_now
        RETURNING j.id, j.token, j.cancel_wanted, CASE WHEN j.status = 1 THEN j.lane END AS unstarted)
    SELECT array_agg(e.id), array_agg(e.token), array_agg(e.cancel_wanted), array_agg(e.unstarted)
    INTO v_id, v_of, v_wanted, v_lane FROM extended e;
    -- Only where a lease has become shorter.
    IF EXISTS (SELECT FROM fusion.leases l WHERE l.token = ANY (p_token) AND l.ends > v_ends) THEN
        PERFORM FROM fusion.leases l WHERE l.token = ANY (p_token) ORDER BY l.token FOR UPDATE;
        UPDATE fusion.leases l SET ends = least(l.ends, v_ends) WHERE l.token = ANY (p_token);
    END IF;
    RETURN ARRAY(
        SELECT CASE WHEN e.id IS NULL THEN 3 WHEN e.wanted THEN 2
            WHEN e.lane IS NOT NULL AND (SELECT s.paused FROM fusion.stands s WHERE s.id = e.lane) THEN 4
            ELSE 1 END::smallint
        FROM unnest(p_job, p_token) WITH ORDINALITY AS b (job, token, nth)
        LEFT JOIN unnest(v_id, v_of, v_wanted, v_lane) AS e (id, token, wanted, lane)
            ON e.id = b.job AND e.token = b.token
        ORDER BY b.nth);
END $$;
