-- When a worker last said of a kind that it performs it.
CREATE TABLE fusion.handled (kind text PRIMARY KEY, at bigint NOT NULL);

CREATE FUNCTION fusion.handle(given bigint, p_kind text[]) RETURNS void LANGUAGE sql VOLATILE AS $$
    INSERT INTO fusion.handled AS h (kind, at) SELECT DISTINCT k.kind, fusion.now(given)
    FROM unnest(p_kind) AS k (kind) ORDER BY 1
    ON CONFLICT (kind) DO UPDATE SET at = greatest(h.at, excluded.at)
$$;

-- Frees what lost workers held, ends what has crashed too often, goes on with loose keys.
CREATE FUNCTION fusion.rescue(given bigint, p_max_crashes int, p_failure text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET lock_timeout = '5s' SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE v_now bigint := fusion.now(given); v_lease bigint[]; v_lost uuid[]; v_id uuid[]; v_status smallint[];
    v_failure text[];
BEGIN
    v_lease := ARRAY(SELECT l.token FROM fusion.leases l WHERE l.ends <= v_now ORDER BY l.ends LIMIT 500
        FOR UPDATE SKIP LOCKED);
    IF v_lease <> '{}' THEN
        -- One that somebody has locked is left for the next time.
        v_lost := ARRAY(
            SELECT j.id FROM fusion.leases l CROSS JOIN LATERAL unnest(l.jobs) AS u (id)
            JOIN fusion.jobs j ON j.id = u.id AND j.token = l.token
            WHERE l.token = ANY (v_lease) AND j.status > 0 AND j.lease_ends <= v_now ORDER BY j.id
            FOR UPDATE OF j SKIP LOCKED);
        SELECT array_agg(j.id), array_agg(CASE WHEN j.cancel_wanted THEN 5 ELSE 4 END::smallint),
            array_agg(CASE WHEN NOT j.cancel_wanted THEN p_failure END) INTO v_id, v_status, v_failure
        FROM fusion.jobs j WHERE j.id = ANY (v_lost)
            AND (j.cancel_wanted OR j.crashes + CASE WHEN j.status = 2 THEN 1 ELSE 0 END > p_max_crashes);
        IF v_id IS NOT NULL THEN
            PERFORM fusion.finish(v_now, 1, v_id, v_status, array_fill(1, ARRAY[cardinality(v_id)]),
                array_fill(NULL::text, ARRAY[cardinality(v_id)]), v_failure,
                array_fill(true, ARRAY[cardinality(v_id)]), NULL);
        END IF;
        UPDATE fusion.jobs j SET status = 0, lease_ends = NULL, wait = 1, due = v_now, attempt = j.attempt - 1,
            crashes = j.crashes + CASE WHEN j.status = 2 THEN 1 ELSE 0 END, suspect = true
        WHERE j.id = ANY (v_lost);
        WITH left_over AS (
            SELECT l.token, count(j.id) AS n, min(j.lease_ends) AS ends
            FROM fusion.leases l CROSS JOIN LATERAL unnest(l.jobs) AS u (id)
            LEFT JOIN fusion.jobs j ON j.id = u.id AND j.token = l.token AND j.status > 0
            WHERE l.token = ANY (v_lease) GROUP BY l.token),
        over AS (DELETE FROM fusion.leases l USING left_over o WHERE l.token = o.token AND o.n = 0)
        UPDATE fusion.leases l SET held = o.n, ends = o.ends FROM left_over o WHERE l.token = o.token AND o.n > 0;
    END IF;
    PERFORM fusion.tidy(v_now);
END $$;
