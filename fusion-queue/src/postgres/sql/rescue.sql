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
DECLARE v_now bigint := fusion.now(given); v_lease bigint[]; v_lost uuid[]; v_of bigint[]; v_alike record;
BEGIN
    PERFORM fusion.require_read_committed();
    v_lease := ARRAY(
        SELECT f.token FROM (
            SELECT l.token FROM fusion.leases l WHERE l.ends <= v_now ORDER BY l.ends LIMIT 500 FOR UPDATE SKIP LOCKED) f);
    IF v_lease <> '{}' THEN
        -- One that somebody has locked is left for the next time.
        SELECT array_agg(f.id), array_agg(f.token) INTO v_lost, v_of FROM (
            SELECT j.id, h.token FROM fusion.hands h JOIN fusion.jobs j ON j.id = h.id
            WHERE h.token = ANY (v_lease) AND CASE WHEN j.beat = h.token THEN j.lease_ends ELSE h.until END <= v_now
            ORDER BY j.id FOR UPDATE OF j SKIP LOCKED) f;
        FOR v_alike IN
            SELECT CASE WHEN j.cancel_wanted THEN 5 ELSE 4 END::smallint AS status, array_agg(j.id) AS job,
                array_agg(f.token) AS token, array_agg(CASE WHEN NOT j.cancel_wanted THEN p_failure END) AS said
            FROM unnest(v_lost, v_of) AS f (id, token) JOIN fusion.jobs j ON j.id = f.id
            WHERE j.cancel_wanted
                OR j.crashes + CASE WHEN j.beat = f.token AND j.started THEN 1 ELSE 0 END > p_max_crashes
            GROUP BY 1 ORDER BY 1
        LOOP
            PERFORM fusion.finish(v_now, 1, v_alike.status, 1, v_alike.job, v_alike.token, v_alike.said);
        END LOOP;
        UPDATE fusion.jobs j SET wait = 1, due = v_now, suspect = true,
            crashes = j.crashes + CASE WHEN j.beat = f.token AND j.started THEN 1 ELSE 0 END,
            progress = CASE WHEN j.beat = f.token THEN j.progress END
        FROM unnest(v_lost, v_of) AS f (id, token) WHERE j.id = f.id;
        PERFORM fusion.let_off(v_lease, v_lost || ARRAY(
            SELECT h.id FROM fusion.hands h WHERE h.token = ANY (v_lease)
                AND NOT EXISTS (SELECT FROM fusion.jobs j WHERE j.id = h.id)));
        UPDATE fusion.leases l SET ends = (
            SELECT min(CASE WHEN j.beat = l.token THEN j.lease_ends ELSE l.until END)
            FROM unnest(l.jobs) AS u (id) JOIN fusion.jobs j ON j.id = u.id)
        WHERE l.token = ANY (v_lease);
    END IF;
    PERFORM fusion.tidy(v_now);
END $$;
