-- When the next job of these kinds in the foreground could run; 0: one is in hands, or a dead head is about to let others
-- go on.
CREATE FUNCTION fusion.next_due(given bigint, p_kinds text[], OUT now bigint, OUT due bigint)
LANGUAGE plpgsql VOLATILE SET jit = off AS $$
#variable_conflict use_column
BEGIN
    now := fusion.now(given);
    IF NOT EXISTS (SELECT FROM fusion.jobs) THEN
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM fusion.ended e WHERE e.place IS NOT NULL AND e.rest IS NOT NULL) THEN
        due := 0;
        RETURN;
    END IF;
    -- In hands or in a lane; behind the head of its serial key; behind the holder of its unique key, of whichever
    -- kind; parents, and what those wait for in turn. What NULL stands for never comes.
    WITH RECURSIVE waited AS (
            SELECT j.* FROM fusion.jobs j JOIN fusion.lanes l ON l.id = j.lane
            WHERE NOT j.background AND l.kind = ANY (p_kinds)),
        awaited (id) AS (
            SELECT p.parent FROM waited w JOIN fusion.parents p ON p.child = w.id AND p.open WHERE w.awaits
            UNION
            SELECT p.parent FROM awaited a JOIN fusion.parents p ON p.child = a.id AND p.open),
        parent AS (
            SELECT j.* FROM awaited a JOIN fusion.jobs j ON j.id = a.id WHERE NOT j.awaits),
        behind AS (
            SELECT w.tenant, w.serial FROM waited w WHERE w.place IS NOT NULL
            UNION
            SELECT p.tenant, p.serial FROM parent p WHERE p.place IS NOT NULL),
        first AS (
            SELECT w.id FROM waited w WHERE w.wait IN (1, 2)
            UNION
            SELECT h.id FROM behind b CROSS JOIN LATERAL (
                SELECT o.id FROM fusion.in_order o WHERE o.tenant = b.tenant AND o.serial = b.serial
                AND o.place IS NOT NULL ORDER BY o.place, o.behind LIMIT 1) h
            JOIN fusion.jobs j ON j.id = h.id JOIN fusion.lanes l ON l.id = j.lane WHERE l.kind = ANY (p_kinds)
            UNION
            SELECT p.id FROM parent p JOIN fusion.lanes l ON l.id = p.lane
            WHERE p.place IS NULL AND NOT p.follows AND l.kind = ANY (p_kinds)
            UNION
            SELECT h.id FROM waited w JOIN fusion.jobs h ON h.tenant = w.tenant AND h.unique_key = w.unique_key
            WHERE w.follows AND NOT h.follows
            UNION
            SELECT h.id FROM parent p JOIN fusion.jobs h ON h.tenant = p.tenant AND h.unique_key = p.unique_key
            JOIN fusion.lanes l ON l.id = h.lane WHERE p.follows AND NOT h.follows AND l.kind = ANY (p_kinds))
        SELECT min(CASE
            WHEN j.id IN (SELECT h.id FROM fusion.hands h) THEN 0
            WHEN s.paused OR s.open_at = 9223372036854775807 THEN NULL
            WHEN j.due IS NOT NULL THEN greatest(j.due, s.open_at) END) INTO due
        FROM first f JOIN fusion.jobs j ON j.id = f.id JOIN fusion.stands s ON s.id = j.lane;
END $$;
