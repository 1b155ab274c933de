-- Lets due timers join what waits in their lanes, and tells which lanes have due jobs: from lane to lane along the
-- index, however many jobs wait in each.
CREATE FUNCTION fusion.look(given bigint) RETURNS TABLE (lane bigint, band smallint, due bigint, tenant text, store uuid,
    kind text, is_open boolean)
LANGUAGE plpgsql VOLATILE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE v_now bigint := fusion.now(given);
BEGIN
    PERFORM fusion.tidy(v_now);
    UPDATE fusion.jobs j SET wait = 1 WHERE j.id IN (
        SELECT t.id FROM fusion.jobs t WHERE t.wait = 2 AND t.due <= v_now ORDER BY t.due LIMIT 1000
        FOR UPDATE SKIP LOCKED);
    RETURN QUERY
    WITH RECURSIVE busy (lane, band) AS (
        (SELECT j.lane, j.band FROM fusion.jobs j WHERE j.wait = 1 ORDER BY j.lane, j.band LIMIT 1)
        UNION ALL
        SELECT next.lane, next.band FROM busy CROSS JOIN LATERAL (
            SELECT j.lane, j.band FROM fusion.jobs j WHERE j.wait = 1 AND (j.lane, j.band) > (busy.lane, busy.band)
            ORDER BY j.lane, j.band LIMIT 1) next)
    SELECT b.lane, b.band, first.due, s.tenant, s.store, s.kind, NOT s.paused AND coalesce(s.open_at, 0) <= v_now
    FROM busy b
    CROSS JOIN LATERAL (SELECT j.due FROM fusion.jobs j WHERE j.wait = 1 AND j.status = 0 AND j.lane = b.lane
        AND j.band = b.band ORDER BY j.due, j.number LIMIT 1) first
    JOIN fusion.stands s ON s.id = b.lane;
END $$;

-- How many jobs that begin work in a store are in hands; looks at whatever is, which workers bound.
CREATE FUNCTION fusion.live(p_tenant text, p_store uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT count(*) FROM fusion.leases l CROSS JOIN LATERAL unnest(l.jobs) AS u (id)
    JOIN fusion.jobs j ON j.id = u.id AND j.token = l.token AND j.status > 0
    JOIN fusion.lanes s ON s.id = j.lane AND s.tenant = p_tenant AND s.store = p_store AND s.begins_work
$$;

-- Settles, then leases the first `p_want` due jobs of each group of lanes, from `p_since` on, as far as their gates
-- have room. The first row has the verdicts, those behind it a claimed job each.
CREATE FUNCTION fusion.exchange(given bigint, p_job uuid[], p_token bigint[], p_end smallint[], p_due bigint[],
    p_is_length boolean[], p_closes boolean[], p_said text[], p_worker text, p_lease bigint, p_turn int[], p_lane bigint[],
    p_band smallint[], p_since bigint[], p_want int[])
RETURNS TABLE (verdicts smallint[], turn int, nth bigint, lane bigint, band smallint, due bigint, token bigint,
    attempt int, crashes int, suspect boolean, background boolean, serial bytea, heir_of uuid, parents uuid[],
    stand smallint[], results text[], body text, payload text)
LANGUAGE plpgsql VOLATILE
SET lock_timeout = '1s' SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE v_now bigint; v_token bigint; v_tenant text[]; v_store uuid[]; v_max bigint[];
BEGIN
    IF cardinality(p_job) > 0 THEN
        verdicts := fusion.settle(given, p_job, p_token, p_end, p_due, p_is_length, p_closes, p_said);
    ELSE
        verdicts := '{}';
    END IF;
    RETURN NEXT;
    IF cardinality(p_lane) = 0 THEN
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM fusion.gates g WHERE g.max_live IS NOT NULL) THEN
        -- One claim at a time counts and takes; who finds a gate locked leaves it for later, and waits for nobody.
        SELECT array_agg(w.tenant), array_agg(w.store), array_agg(w.max_live) INTO v_tenant, v_store, v_max FROM (
            SELECT g.tenant, g.store, g.max_live FROM fusion.gates g WHERE g.max_live IS NOT NULL
                AND (g.tenant, g.store) IN (
                    SELECT l.tenant, l.store FROM fusion.lanes l WHERE l.id = ANY (p_lane) AND l.begins_work)
            ORDER BY g.tenant, g.store FOR UPDATE SKIP LOCKED) w;
    END IF;
    v_now := fusion.now(given);
    v_token := nextval('fusion.tokens');
    RETURN QUERY
    WITH room AS MATERIALIZED (
        SELECT m.tenant, m.store, m.max_live - fusion.live(m.tenant, m.store) AS left_over
        FROM unnest(v_tenant, v_store, v_max) AS m (tenant, store, max_live)),
    want AS MATERIALIZED (
        SELECT w.*, CASE WHEN s.max_live IS NOT NULL THEN s.store END AS gate, s.tenant, r.left_over
        FROM unnest(p_turn, p_lane, p_band, p_since, p_want) AS w (turn, lane, band, since, n)
        JOIN fusion.stands s ON s.id = w.lane
        LEFT JOIN room r ON s.max_live IS NOT NULL AND r.tenant = s.tenant AND r.store = s.store
        WHERE NOT s.paused AND coalesce(s.open_at, 0) <= v_now AND (s.max_live IS NULL OR r.left_over > 0)),
    -- A claim changes no column of this index: `status` is looked up in the row.
    due AS MATERIALIZED (
        SELECT w.turn, w.n, w.tenant, w.gate, w.left_over, f.*
        FROM want w CROSS JOIN LATERAL (
            SELECT j.id, j.due, j.number FROM fusion.jobs j WHERE j.wait = 1 AND j.status = 0 AND j.lane = w.lane
                AND j.band = w.band AND j.due >= w.since ORDER BY j.due, j.number LIMIT w.n
            FOR UPDATE SKIP LOCKED) f),
    may AS (
        SELECT d.turn, d.n, d.id, d.due, d.number FROM due d WHERE d.gate IS NULL
        UNION ALL
        SELECT l.turn, l.n, l.id, l.due, l.number FROM (
            SELECT d.*, row_number() OVER (PARTITION BY d.tenant, d.gate ORDER BY d.turn, d.due, d.number) AS of_gate
            FROM due d WHERE d.gate IS NOT NULL) l WHERE l.of_gate <= l.left_over),
    found AS MATERIALIZED (
        SELECT m.turn, m.n, m.id, row_number() OVER (PARTITION BY m.turn ORDER BY m.due, m.number) AS nth FROM may m),
    taken AS (
        UPDATE fusion.jobs j SET status = 1, attempt = j.attempt + 1, progress = NULL, token = v_token,
            lease_ends = v_now + least(p_lease, 9223372036854775807 - v_now)
        FROM found f WHERE f.nth <= f.n AND j.id = f.id
        RETURNING f.turn, f.nth, j.lane, j.band, j.due, j.token, j.attempt, j.crashes, j.suspect, j.background, j.serial,
            j.heir_of, j.parents, j.body, j.payload, j.id),
    leased AS (
        INSERT INTO fusion.leases (token, ends, held, worker, jobs)
        SELECT v_token, v_now + least(p_lease, 9223372036854775807 - v_now), count(*), p_worker, array_agg(t.id)
        FROM taken t HAVING count(*) > 0)
    SELECT NULL::smallint[], t.turn, t.nth, t.lane, t.band, t.due, t.token, t.attempt, t.crashes, t.suspect,
        t.background, t.serial, t.heir_of, t.parents, p.stand, p.results, t.body, t.payload
    FROM taken t LEFT JOIN LATERAL (
        SELECT array_agg(k.status ORDER BY u.nth) AS stand, array_agg(k.result ORDER BY u.nth) AS results
        FROM unnest(t.parents) WITH ORDINALITY AS u (id, nth) LEFT JOIN fusion.known k ON k.id = u.id) p
        ON t.parents IS NOT NULL;
END $$;
