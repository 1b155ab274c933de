-- What a parent that has ended with a status means to a child: 1 it waits on, 2 it needn't, 3 it fails. NULL: the parent
-- is forgotten, and counts as one that didn't end well.
CREATE FUNCTION fusion.verdict(p_parent_failed smallint, p_status smallint, p_granted boolean) RETURNS int
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_status = 3 OR p_parent_failed = 1 THEN 2
        WHEN p_status = 4 AND p_parent_failed = 2 AND NOT p_granted THEN 1 ELSE 3 END
$$;

-- Judges jobs that wait for parents by how those stand now: who waits for none any more goes on, who fails does so with
-- all that fail for it in turn. Waits for nobody: a job that somebody has locked is noted, and judged at a later `tidy`.
CREATE FUNCTION fusion.tell(p_now bigint, p_child uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE v_mine uuid[]; v_failed uuid[]; v_for uuid[]; v_tenant text[]; v_serial bytea[];
BEGIN
    -- A loop, since generations may be many.
    WHILE p_child IS NOT NULL LOOP
        v_mine := ARRAY(
            SELECT j.id FROM fusion.jobs j WHERE j.id = ANY (p_child) AND j.awaits ORDER BY j.id
            FOR UPDATE SKIP LOCKED);
        IF cardinality(v_mine) < cardinality(p_child) THEN
            INSERT INTO fusion.loose (tenant, sort, key) SELECT j.tenant, 2, uuid_send(j.id) FROM fusion.jobs j
                WHERE j.id = ANY (p_child) AND j.awaits AND j.id NOT IN (SELECT unnest(v_mine));
        END IF;
        -- Of several parents for which it fails the first that it names.
        WITH judged AS (
            SELECT c.id, p.parent, array_position(c.parents, p.parent) AS nth, CASE WHEN p.parent IS NULL THEN 2
                WHEN l.id IS NOT NULL THEN 1 ELSE fusion.verdict(c.parent_failed, e.status, e.granted) END AS verdict
            FROM fusion.jobs c LEFT JOIN fusion.parents p ON p.child = c.id AND p.open
            LEFT JOIN fusion.jobs l ON l.id = p.parent LEFT JOIN fusion.ended e ON e.id = p.parent
            WHERE c.id = ANY (v_mine)),
        settled AS (
            UPDATE fusion.parents p SET open = false FROM judged g
            WHERE p.child = g.id AND p.parent = g.parent AND g.verdict = 2),
        summed AS (
            SELECT g.id, max(g.verdict) FILTER (WHERE g.verdict <> 2) AS verdict,
                (array_agg(g.parent ORDER BY g.nth) FILTER (WHERE g.verdict = 3))[1] AS failed_for
            FROM judged g GROUP BY g.id),
        freed AS (
            UPDATE fusion.jobs j SET awaits = false,
                wait = CASE WHEN j.serial IS NULL THEN fusion.waiting(j.due, p_now) ELSE 0 END
            FROM summed s WHERE j.id = s.id AND s.verdict IS NULL RETURNING j.tenant, j.serial)
        SELECT (SELECT array_agg(s.id ORDER BY s.id) FROM summed s WHERE s.failed_for IS NOT NULL),
            (SELECT array_agg(s.failed_for ORDER BY s.id) FROM summed s WHERE s.failed_for IS NOT NULL),
            array_agg(f.tenant), array_agg(f.serial)
        INTO v_failed, v_for, v_tenant, v_serial FROM freed f WHERE f.serial IS NOT NULL;
        IF v_serial IS NOT NULL THEN
            PERFORM fusion.go_on(p_now, v_tenant, array_fill(1::smallint, ARRAY[cardinality(v_serial)]), v_serial);
        END IF;
        p_child := NULL;
        IF v_failed IS NOT NULL THEN
            PERFORM fusion.end_all(p_now, 3, 4::smallint, 0, v_failed, NULL, v_for::text[]);
            SELECT array_agg(DISTINCT p.child) INTO p_child FROM fusion.parents p
                WHERE p.parent = ANY (v_failed) AND p.open;
        END IF;
    END LOOP;
END $$;
