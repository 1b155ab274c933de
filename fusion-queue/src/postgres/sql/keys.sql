-- Locks keys in one order for everybody, and makes those that aren't there.
CREATE FUNCTION fusion.lock_keys(p_tenant text[], p_sort smallint[], p_key bytea[]) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO fusion.keys (tenant, sort, key)
    SELECT DISTINCT k.tenant, k.sort, k.key FROM unnest(p_tenant, p_sort, p_key) AS k (tenant, sort, key)
    WHERE k.key IS NOT NULL ORDER BY 1, 2, 3
    ON CONFLICT (tenant, sort, key) DO UPDATE SET key = excluded.key;
END $$;

-- The last place of a serial key. Whoever comes in while the rest of it is cancelled stands behind that, though the last
-- of it may be gone.
CREATE FUNCTION fusion.last_place(p_tenant text, p_serial bytea) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN greatest(
        (SELECT max(o.place) FROM fusion.in_order o WHERE o.tenant = p_tenant AND o.serial = p_serial),
        (SELECT max(e.rest) FROM fusion.ended e WHERE e.tenant = p_tenant AND e.serial = p_serial
            AND e.place IS NOT NULL));
END $$;

-- Gives a pending job its place in its serial key, and lets it into its lane if that is the first. The key is locked.
CREATE FUNCTION fusion.line_up(p_now bigint, p_id uuid) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE v_job fusion.jobs; v_head fusion.in_order; v_place bigint; v_behind bigint := 0; v_is_first boolean := true;
BEGIN
    SELECT * INTO v_job FROM fusion.jobs j WHERE j.id = p_id;
    SELECT * INTO v_head FROM fusion.in_order o WHERE o.tenant = v_job.tenant AND o.serial = v_job.serial
        AND o.place IS NOT NULL ORDER BY o.place, o.behind LIMIT 1;
    IF NOT FOUND THEN
        v_place := 0;
    ELSIF v_job.heir_of IS NULL THEN
        v_is_first := false;
        v_place := fusion.last_place(v_job.tenant, v_job.serial) + 1;
    ELSE
        SELECT o.place INTO v_place FROM fusion.in_order o WHERE o.id = v_job.heir_of AND o.tenant = v_job.tenant
            AND o.serial = v_job.serial;
        IF v_place IS NULL THEN
            PERFORM fusion.require_read_committed();
            -- When it is locked it shows whether a claim has taken it.
            PERFORM FROM fusion.jobs j WHERE j.id = v_head.id FOR UPDATE;
            UPDATE fusion.jobs j SET wait = 0 WHERE j.id = v_head.id AND NOT fusion.is_held(j.id);
            v_place := v_head.place - CASE WHEN FOUND THEN 1 ELSE 0 END;
        END IF;
        IF v_place >= v_head.place THEN
            v_is_first := false;
            SELECT coalesce(max(o.behind), 0) + 1 INTO v_behind FROM fusion.in_order o WHERE o.tenant = v_job.tenant
                AND o.serial = v_job.serial AND o.place = v_place;
        END IF;
    END IF;
    UPDATE fusion.jobs j SET place = v_place, behind = v_behind,
        wait = CASE WHEN v_is_first THEN fusion.waiting(j.due, p_now) ELSE 0 END
    WHERE j.id = p_id;
END $$;

-- Lets whoever waits for one of these keys go on: the follow-up of an ended holder, the new head of a serial key.
-- Waits for nobody: what a transaction holds open is noted, and goes on at a later `tidy`. Doing it twice is harmless.
CREATE FUNCTION fusion.go_on(p_now bigint, p_tenant text[], p_sort smallint[], p_key bytea[]) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE v_tenant text[]; v_key bytea[]; v_of text[]; v_serial bytea[]; v_id uuid;
    v_next uuid[]; v_mine uuid[];
BEGIN
    IF 0 = ANY (p_sort) THEN
        SELECT array_agg(l.tenant), array_agg(l.key) INTO v_tenant, v_key FROM (
            SELECT k.tenant, k.key FROM fusion.keys k WHERE k.sort = 0 AND (k.tenant, k.key) IN (
                SELECT u.tenant, u.key FROM unnest(p_tenant, p_sort, p_key) AS u (tenant, sort, key) WHERE u.sort = 0)
            ORDER BY k.tenant, k.key FOR UPDATE SKIP LOCKED) l;
        INSERT INTO fusion.loose (tenant, sort, key)
            SELECT DISTINCT u.tenant, u.sort, u.key FROM unnest(p_tenant, p_sort, p_key) AS u (tenant, sort, key)
            WHERE u.sort = 0 AND (u.tenant, u.key) NOT IN (SELECT l.t, l.k FROM unnest(v_tenant, v_key) AS l (t, k));
        WITH next AS (
            SELECT l.t, l.k, j.id FROM unnest(v_tenant, v_key) AS l (t, k)
            JOIN fusion.jobs j ON j.tenant = l.t AND j.unique_key = l.k AND j.follows
            WHERE NOT EXISTS (
                SELECT FROM fusion.jobs h WHERE h.tenant = l.t AND h.unique_key = l.k AND NOT h.follows)),
        mine AS (
            SELECT j.id FROM fusion.jobs j WHERE j.id IN (SELECT n.id FROM next n) ORDER BY j.id
            FOR UPDATE SKIP LOCKED),
        busy AS (
            INSERT INTO fusion.loose (tenant, sort, key) SELECT n.t, 0::smallint, n.k FROM next n
            WHERE n.id NOT IN (SELECT m.id FROM mine m)),
        freed AS (
            UPDATE fusion.jobs j SET follows = false,
                wait = CASE WHEN j.serial IS NULL THEN fusion.waiting(j.due, p_now) ELSE 0 END
            FROM mine m WHERE j.id = m.id RETURNING j.tenant, j.serial)
        SELECT array_agg(f.tenant), array_agg(f.serial) INTO v_of, v_serial FROM freed f WHERE f.serial IS NOT NULL;
        DELETE FROM fusion.keys k USING unnest(v_tenant, v_key) AS l (t, k)
            WHERE k.tenant = l.t AND k.sort = 0 AND k.key = l.k AND NOT EXISTS (
                SELECT FROM fusion.jobs j WHERE j.tenant = l.t AND j.unique_key = l.k);
    END IF;
    IF v_of IS NULL AND NOT 1 = ANY (p_sort) THEN
        RETURN;
    END IF;
    SELECT v_of || array_agg(u.tenant), v_serial || array_agg(u.key) INTO v_of, v_serial
        FROM unnest(p_tenant, p_sort, p_key) AS u (tenant, sort, key) WHERE u.sort = 1;
    SELECT array_agg(l.tenant), array_agg(l.key) INTO v_tenant, v_key FROM (
        SELECT k.tenant, k.key FROM fusion.keys k WHERE k.sort = 1 AND (k.tenant, k.key) IN (
            SELECT u.t, u.k FROM unnest(v_of, v_serial) AS u (t, k))
        ORDER BY k.tenant, k.key FOR UPDATE SKIP LOCKED) l;
    INSERT INTO fusion.loose (tenant, sort, key)
        SELECT DISTINCT u.t, 1::smallint, u.k FROM unnest(v_of, v_serial) AS u (t, k)
        WHERE (u.t, u.k) NOT IN (SELECT l.t, l.k FROM unnest(v_tenant, v_key) AS l (t, k));
    -- Follow-ups and children that have just become jobs like any other have no place yet.
    FOR v_id IN
        SELECT j.id FROM unnest(v_tenant, v_key) AS l (t, k) JOIN fusion.jobs j ON j.tenant = l.t AND j.serial = l.k
        WHERE j.place IS NULL AND NOT j.follows AND NOT j.awaits ORDER BY j.number
    LOOP
        PERFORM fusion.line_up(p_now, v_id);
    END LOOP;
    -- A key without a head may be used by nobody any more.
    SELECT array_agg(h.id) FILTER (WHERE h.wait = 0 AND NOT h.is_dead), array_agg(l.t) FILTER (WHERE h.id IS NULL),
        array_agg(l.k) FILTER (WHERE h.id IS NULL)
    INTO v_next, v_of, v_serial
    FROM unnest(v_tenant, v_key) AS l (t, k) LEFT JOIN LATERAL (
        SELECT o.id, o.is_dead, o.wait FROM fusion.in_order o WHERE o.tenant = l.t AND o.serial = l.k
        AND o.place IS NOT NULL ORDER BY o.place, o.behind LIMIT 1) h ON true;
    IF v_next IS NOT NULL THEN
        v_mine := ARRAY(SELECT j.id FROM fusion.jobs j WHERE j.id = ANY (v_next) ORDER BY j.id FOR UPDATE SKIP LOCKED);
        UPDATE fusion.jobs j SET wait = fusion.waiting(j.due, p_now) WHERE j.id = ANY (v_mine) AND j.wait = 0;
        IF cardinality(v_mine) < cardinality(v_next) THEN
            INSERT INTO fusion.loose (tenant, sort, key) SELECT j.tenant, 1::smallint, j.serial FROM fusion.jobs j
                WHERE j.id = ANY (v_next) AND j.id <> ALL (v_mine);
        END IF;
    END IF;
    IF v_serial IS NOT NULL THEN
        DELETE FROM fusion.keys k USING unnest(v_of, v_serial) AS l (t, k)
            WHERE k.tenant = l.t AND k.sort = 1 AND k.key = l.k AND NOT EXISTS (
                SELECT FROM fusion.jobs j WHERE j.tenant = l.t AND j.serial = l.k) AND NOT EXISTS (
                SELECT FROM fusion.ended e WHERE e.tenant = l.t AND e.serial = l.k AND e.place IS NOT NULL);
    END IF;
END $$;

-- What the ends of dead letters mean to others: the rest of a serial key is cancelled where its dead head says so, and
-- children are told. Waits for nobody, and cancels a thousand of a key at most, which take some 30 ms: the leases of the
-- head's batch are locked as long. What is left then a later `tidy` cancels; meanwhile the head holds the key, and who
-- takes that over is one of the rest.
CREATE FUNCTION fusion.spread(p_now bigint, p_ended uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE v_most bigint := 1000; v_head fusion.ended; v_rest uuid[]; v_all uuid[] := p_ended; v_child uuid[]; v_why text;
    v_has_more boolean;
BEGIN
    FOR v_head IN
        SELECT * FROM fusion.ended e WHERE e.id = ANY (p_ended) AND e.rest IS NOT NULL ORDER BY e.id
        FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        v_rest := ARRAY(
            SELECT j.id FROM fusion.jobs j WHERE j.tenant = v_head.tenant AND j.serial = v_head.serial
                AND j.place <= v_head.rest ORDER BY j.place, j.behind LIMIT v_most FOR UPDATE SKIP LOCKED);
        v_has_more := cardinality(v_rest) < (
            SELECT count(*) FROM (
                SELECT FROM fusion.jobs j WHERE j.tenant = v_head.tenant AND j.serial = v_head.serial
                    AND j.place <= v_head.rest LIMIT v_most + 1) r);
        IF NOT v_has_more THEN
            UPDATE fusion.ended e SET place = NULL, behind = NULL, rest = NULL WHERE e.id = v_head.id;
        END IF;
        IF v_rest <> '{}' THEN
            -- `DeadHead::failure`, as its JSON is written.
            v_why := format('{"kind":"cancelled","retry":"after_user_action","fate":"not_sent","message":"job %s, which '
                'went before it in its serial key, failed for good"}', v_head.id);
            PERFORM fusion.end_all(p_now, 2, 5::smallint, 0, v_rest, NULL,
                array_fill(v_why, ARRAY[cardinality(v_rest)]));
            v_all := v_all || v_rest;
        ELSIF NOT v_has_more THEN
            PERFORM fusion.go_on(p_now, ARRAY[v_head.tenant], ARRAY[1::smallint], ARRAY[v_head.serial]);
        END IF;
    END LOOP;
    INSERT INTO fusion.loose (tenant, sort, key) SELECT e.tenant, 3, uuid_send(e.id) FROM fusion.ended e
        WHERE e.id = ANY (p_ended) AND e.rest IS NOT NULL;
    SELECT array_agg(DISTINCT p.child) INTO v_child FROM fusion.parents p WHERE p.parent = ANY (v_all) AND p.open;
    IF v_child IS NOT NULL THEN
        PERFORM fusion.tell(p_now, v_child);
    END IF;
END $$;

-- Goes on with what somebody's transaction held when it should have.
CREATE FUNCTION fusion.tidy(p_now bigint) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE v_tenant text[]; v_sort smallint[]; v_key bytea[]; v_child uuid[]; v_seen uuid[]; v_head uuid[];
BEGIN
    IF NOT EXISTS (SELECT FROM fusion.loose) THEN
        RETURN;
    END IF;
    WITH taken AS (
        DELETE FROM fusion.loose o WHERE o.id IN (
            SELECT l.id FROM fusion.loose l ORDER BY l.id LIMIT 500 FOR UPDATE SKIP LOCKED)
        RETURNING o.tenant, o.sort, o.key)
    SELECT array_agg(t.tenant) FILTER (WHERE k.key IS NOT NULL), array_agg(t.sort) FILTER (WHERE k.key IS NOT NULL),
        array_agg(t.key) FILTER (WHERE k.key IS NOT NULL),
        array_agg(DISTINCT encode(t.key, 'hex')::uuid) FILTER (WHERE t.sort = 2),
        array_agg(DISTINCT encode(t.key, 'hex')::uuid) FILTER (WHERE t.sort = 3)
    INTO v_tenant, v_sort, v_key, v_child, v_head
    FROM taken t LEFT JOIN fusion.keys k ON k.tenant = t.tenant AND k.sort = t.sort AND k.key = t.key;
    IF v_key IS NOT NULL THEN
        PERFORM fusion.go_on(p_now, v_tenant, v_sort, v_key);
    END IF;
    IF v_head IS NOT NULL THEN
        PERFORM fusion.spread(p_now, v_head);
    END IF;
    IF v_child IS NOT NULL THEN
        -- Whoever ends a parent at this moment may have looked for children before these were there.
        v_seen := ARRAY(
            SELECT j.id FROM fusion.jobs j WHERE j.id IN (
                SELECT p.parent FROM fusion.parents p WHERE p.child = ANY (v_child) AND p.open)
            ORDER BY j.id FOR KEY SHARE SKIP LOCKED);
        INSERT INTO fusion.loose (tenant, sort, key) SELECT j.tenant, 2, uuid_send(j.id) FROM fusion.jobs j
            WHERE j.id = ANY (v_child) AND j.awaits AND EXISTS (
                SELECT FROM fusion.parents p JOIN fusion.jobs l ON l.id = p.parent
                WHERE p.child = j.id AND p.open AND l.id NOT IN (SELECT unnest(v_seen)));
        PERFORM fusion.tell(p_now, v_child);
    END IF;
END $$;
