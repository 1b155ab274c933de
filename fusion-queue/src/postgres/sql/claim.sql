-- Lets due timers join what waits in their lanes, and tells which lanes have due jobs: from lane to lane along the
-- index, however many jobs wait in each. For `exchange` alone, which has switched the planner.
CREATE FUNCTION fusion.look(given bigint) RETURNS TABLE (lane bigint, band smallint, due bigint, tenant text, store uuid,
    kind text, is_open boolean)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE v_now bigint := fusion.now(given);
    v_is_held boolean := EXISTS (SELECT FROM fusion.gates) OR EXISTS (SELECT FROM fusion.pauses);
BEGIN
    -- Mostly there is neither, and an idle worker waits for every look.
    IF EXISTS (SELECT FROM fusion.loose) THEN
        PERFORM fusion.tidy(v_now);
    END IF;
    IF EXISTS (SELECT FROM fusion.jobs t WHERE t.wait = 2 AND t.due <= v_now) THEN
        UPDATE fusion.jobs j SET wait = 1 WHERE j.id IN (
            SELECT t.id FROM fusion.jobs t WHERE t.wait = 2 AND t.due <= v_now ORDER BY t.due LIMIT 1000
            FOR UPDATE SKIP LOCKED);
    END IF;
    RETURN QUERY
    WITH RECURSIVE busy (lane, band, due, id) AS (
        (SELECT j.lane, j.band, j.due, j.id FROM fusion.jobs j WHERE j.wait = 1
            ORDER BY j.lane, j.band, j.due, j.number LIMIT 1)
        UNION ALL
        SELECT next.lane, next.band, next.due, next.id FROM busy CROSS JOIN LATERAL (
            SELECT j.lane, j.band, j.due, j.id FROM fusion.jobs j
            WHERE j.wait = 1 AND (j.lane, j.band) > (busy.lane, busy.band)
            ORDER BY j.lane, j.band, j.due, j.number LIMIT 1) next),
    -- Of most lanes the very first isn't in hands.
    first AS MATERIALIZED (
        SELECT b.lane, b.band, CASE WHEN b.id NOT IN (SELECT h.id FROM fusion.hands h) THEN b.due ELSE (
            SELECT j.due FROM fusion.jobs j WHERE j.wait = 1 AND j.lane = b.lane AND j.band = b.band
                AND (j.id NOT IN (SELECT h.id FROM fusion.hands h)) ORDER BY j.due, j.number LIMIT 1) END AS due
        FROM busy b)
    SELECT f.lane, f.band, f.due, l.tenant, l.store, l.kind, CASE WHEN v_is_held THEN (
            SELECT NOT s.paused AND coalesce(s.open_at, 0) <= v_now FROM fusion.stands s WHERE s.id = f.lane)
        ELSE true END
    FROM first f JOIN fusion.lanes l ON l.id = f.lane WHERE f.due IS NOT NULL;
END $$;

-- How many jobs that begin work in a store are in hands; looks at whatever is, which workers bound.
CREATE FUNCTION fusion.live(p_tenant text, p_store uuid) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT count(*) FROM fusion.hands h JOIN fusion.jobs j ON j.id = h.id
        JOIN fusion.lanes s ON s.id = j.lane AND s.tenant = p_tenant AND s.store = p_store AND s.begins_work);
END $$;

-- Settles, then leases the first `p_want` due jobs of each group of lanes, from `p_since` on, as far as their gates
-- have room; looks where that has brought fewer than `p_looks_below`. The first row has the verdicts, those behind it
-- a claimed job each, `nth` in the order of their turns and times, and those without a token a lane each, if it has
-- looked. Turns are counted from 0 on, each of one tenant's store and band.
CREATE FUNCTION fusion.exchange(given bigint, p_job uuid[], p_token bigint[], p_end smallint[], p_due bigint[],
    p_is_length boolean[], p_closes boolean[], p_said text[], p_worker text, p_lease bigint, p_turn int[], p_lane bigint[],
    p_band smallint[], p_since bigint[], p_want int[], p_looks_below int)
RETURNS TABLE (verdicts smallint[], id uuid, turn int, nth bigint, lane bigint, band smallint, due bigint, token bigint,
    attempt int, crashes int, suspect boolean, background boolean, serial bytea, heir_of uuid, parents uuid[],
    stand smallint[], results text[], body text, payload text, tenant text, store uuid, kind text, is_open boolean)
LANGUAGE plpgsql VOLATILE
SET lock_timeout = '1s' SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE v_now bigint; v_token bigint; v_tenant text[]; v_store uuid[]; v_max bigint[]; v_seen bigint[]; v_id uuid[];
    v_at tid[]; v_of bigint[]; v_due bigint[]; v_number bigint[]; v_most bigint[] := p_want; v_gate bigint[]; v_room bigint[];
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM fusion.require_read_committed();
    END IF;
    IF cardinality(p_job) > 0 THEN
        verdicts := fusion.settle(given, p_job, p_token, p_end, p_due, p_is_length, p_closes, p_said);
    ELSE
        verdicts := '{}';
    END IF;
    RETURN NEXT;
    IF cardinality(p_lane) > 0 THEN
        IF EXISTS (SELECT FROM fusion.gates g WHERE g.max_live IS NOT NULL) THEN
            -- One claim at a time counts and takes; who finds a gate locked leaves it for later, and waits for nobody.
            SELECT array_agg(w.tenant), array_agg(w.store), array_agg(w.max_live) INTO v_tenant, v_store, v_max FROM (
                SELECT g.tenant, g.store, g.max_live FROM fusion.gates g WHERE g.max_live IS NOT NULL
                    AND (g.tenant, g.store) IN (
                        SELECT l.tenant, l.store FROM fusion.lanes l WHERE l.id = ANY (p_lane) AND l.begins_work)
                ORDER BY g.tenant, g.store FOR UPDATE SKIP LOCKED) w;
        END IF;
        v_now := fusion.now(given);
        v_seen := ARRAY(SELECT l.token FROM fusion.leases l);
        IF EXISTS (SELECT FROM fusion.gates) OR EXISTS (SELECT FROM fusion.pauses) THEN
            -- How many jobs each lane may give, and where its gate has a limit, which that is and how much it leaves.
            WITH room AS MATERIALIZED (
                SELECT m.nth, m.tenant, m.store, m.max_live - fusion.live(m.tenant, m.store) AS left_over
                FROM unnest(v_tenant, v_store, v_max) WITH ORDINALITY AS m (tenant, store, max_live, nth))
            SELECT array_agg(CASE WHEN s.paused OR coalesce(s.open_at, 0) > v_now THEN 0
                    WHEN s.max_live IS NULL THEN w.want
                    ELSE greatest(0, least(w.want, coalesce(r.left_over, 0))) END ORDER BY w.nth),
                array_agg(r.nth ORDER BY w.nth), array_agg(r.left_over ORDER BY w.nth)
            INTO v_most, v_gate, v_room
            FROM unnest(p_lane, p_want) WITH ORDINALITY AS w (lane, want, nth)
            LEFT JOIN fusion.stands s ON s.id = w.lane
            LEFT JOIN room r ON s.max_live IS NOT NULL AND r.tenant = s.tenant AND r.store = s.store;
        END IF;
        SELECT array_agg(f.id), array_agg(f.at), array_agg(w.nth), array_agg(f.due), array_agg(f.number)
        INTO v_id, v_at, v_of, v_due, v_number
        FROM unnest(p_lane, p_band, p_since, v_most) WITH ORDINALITY AS w (lane, band, since, most, nth)
        CROSS JOIN LATERAL (
            SELECT j.id, j.ctid AS at, j.due, j.number FROM fusion.jobs j WHERE j.wait = 1 AND j.lane = w.lane
                AND j.band = w.band AND j.due >= w.since AND (j.id NOT IN (SELECT h.id FROM fusion.hands h))
            ORDER BY j.due, j.number LIMIT w.most FOR UPDATE SKIP LOCKED) f
        WHERE w.most > 0;
        IF v_max IS NOT NULL OR cardinality(p_turn) > p_turn[cardinality(p_turn)] + 1 THEN
            -- Lanes of one gate, or of one turn, may have brought more than that leaves.
            SELECT array_agg(f.id ORDER BY f.turn, f.nth), array_agg(f.at ORDER BY f.turn, f.nth),
                array_agg(f.of ORDER BY f.turn, f.nth)
            INTO v_id, v_at, v_of
            FROM (
                SELECT m.*, row_number() OVER (PARTITION BY m.turn ORDER BY m.due, m.number) AS nth FROM (
                    SELECT u.*, p_turn[u.of] AS turn,
                        row_number() OVER (PARTITION BY v_gate[u.of] ORDER BY p_turn[u.of], u.due, u.number) AS of_gate
                    FROM unnest(v_id, v_at, v_of, v_due, v_number) AS u (id, at, of, due, number)) m
                WHERE v_gate[m.of] IS NULL OR m.of_gate <= v_room[m.of]) f
            WHERE f.nth <= p_want[f.of];
        END IF;
        -- Somebody else's claim may have ended while this one looked for jobs: it shows now that they are locked.
        IF EXISTS (SELECT FROM fusion.leases l WHERE l.token <> ALL (v_seen)) THEN
            SELECT array_agg(f.id), array_agg(f.at), array_agg(f.of) INTO v_id, v_at, v_of
            FROM unnest(v_id, v_at, v_of) AS f (id, at, of) WHERE (f.id NOT IN (SELECT h.id FROM fusion.hands h));
        END IF;
        IF v_id IS NOT NULL THEN
            v_token := nextval('fusion.tokens');
            INSERT INTO fusion.leases (token, ends, until, worker, jobs)
            SELECT v_token, e.ends, e.ends, p_worker, v_id
            FROM (SELECT v_now + least(p_lease, 9223372036854775807 - v_now) AS ends) e;
            RETURN QUERY
            SELECT NULL::smallint[], j.id, p_turn[f.of], f.nth, j.lane, j.band, j.due, v_token, j.attempt + 1, j.crashes,
                j.suspect, j.background, j.serial, j.heir_of, j.parents,
                CASE WHEN j.parents IS NOT NULL THEN ARRAY(
                    SELECT (SELECT k.status FROM fusion.known k WHERE k.id = u.id)
                    FROM unnest(j.parents) WITH ORDINALITY AS u (id, nth) ORDER BY u.nth) END,
                CASE WHEN j.parents IS NOT NULL THEN ARRAY(
                    SELECT (SELECT e.result FROM fusion.ended e WHERE e.id = u.id)
                    FROM unnest(j.parents) WITH ORDINALITY AS u (id, nth) ORDER BY u.nth) END,
                j.body, j.payload, NULL::text, NULL::uuid, NULL::text, NULL::boolean
            FROM unnest(v_at, v_of) WITH ORDINALITY AS f (at, of, nth) JOIN fusion.jobs j ON j.ctid = f.at;
        END IF;
    END IF;
    IF coalesce(cardinality(v_id), 0) < p_looks_below THEN
        RETURN QUERY
        SELECT NULL::smallint[], NULL::uuid, NULL::int, NULL::bigint, l.lane, l.band, l.due, NULL::bigint, NULL::int,
            NULL::int, NULL::boolean, NULL::boolean, NULL::bytea, NULL::uuid, NULL::uuid[], NULL::smallint[],
            NULL::text[], NULL::text, NULL::text, l.tenant, l.store, l.kind, l.is_open
        FROM fusion.look(given) l;
    END IF;
END $$;
