-- Cancels a job of a tenant as a person does: 0 no such job, 1 it works under a grant, 2 now, 3 asked, 4 too late.
CREATE FUNCTION fusion.cancel(given bigint, p_tenant text, p_id uuid) RETURNS int
LANGUAGE plpgsql VOLATILE
SET lock_timeout = '5s' SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE v_job fusion.jobs; v_ended fusion.ended;
BEGIN
    PERFORM fusion.require_read_committed();
    SELECT * INTO v_job FROM fusion.jobs j WHERE j.id = p_id AND j.tenant = p_tenant FOR UPDATE;
    IF NOT FOUND THEN
        -- A look of its own: the job may have ended while the one above waited.
        SELECT * INTO v_ended FROM fusion.ended e WHERE e.id = p_id AND e.tenant = p_tenant;
        RETURN CASE WHEN NOT FOUND THEN 0 WHEN v_ended.granted THEN 1 ELSE 4 END;
    ELSIF v_job.granted THEN
        RETURN 1;
    ELSIF fusion.is_held(p_id) THEN
        UPDATE fusion.jobs j SET cancel_wanted = true WHERE j.id = p_id;
        RETURN 3;
    END IF;
    PERFORM fusion.finish(fusion.now(given), 2, 5::smallint, 0, ARRAY[p_id], NULL, NULL);
    RETURN 2;
END $$;

-- Makes a dead letter wait again: 0 no such job, 1 it works under a grant, 2 it isn't dead, 3 its key is held, 4 done,
-- 5 it holds its serial key and a parent of it is under way, 6 the rest of its serial key is still being cancelled.
CREATE FUNCTION fusion.requeue(given bigint, p_tenant text, p_id uuid) RETURNS int
LANGUAGE plpgsql VOLATILE
SET lock_timeout = '5s' SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE v_ended fusion.ended; v_now bigint; v_answer int := 4; v_awaits boolean;
BEGIN
    PERFORM fusion.require_read_committed();
    SELECT * INTO v_ended FROM fusion.ended e WHERE e.id = p_id AND e.tenant = p_tenant FOR UPDATE;
    IF NOT FOUND THEN
        RETURN coalesce((SELECT CASE WHEN j.granted THEN 1 ELSE 2 END FROM fusion.jobs j
            WHERE j.id = p_id AND j.tenant = p_tenant), 0);
    ELSIF v_ended.granted THEN
        RETURN 1;
    ELSIF v_ended.status <> 4 THEN
        RETURN 2;
    END IF;
    PERFORM fusion.lock_keys(ARRAY[p_tenant, p_tenant], ARRAY[0, 1]::smallint[],
        ARRAY[v_ended.unique_key, v_ended.serial]);
    v_now := fusion.now(given);
    -- Who requeues it says that it may run: it waits for those alone that may still end.
    v_awaits := EXISTS (SELECT FROM fusion.jobs j WHERE j.id = ANY (v_ended.parents));
    IF EXISTS (SELECT FROM fusion.jobs j WHERE j.tenant = p_tenant AND j.unique_key = v_ended.unique_key) THEN
        v_answer := 3;
    ELSIF v_awaits AND v_ended.place IS NOT NULL THEN
        v_answer := 5;
    ELSIF v_ended.rest IS NOT NULL THEN
        v_answer := 6;
    ELSE
        DELETE FROM fusion.ended e WHERE e.id = p_id;
        PERFORM fusion.leave_ends(
            ARRAY(SELECT b.id FROM fusion.ends b WHERE b.at = v_ended.ended_at AND p_id = ANY (b.jobs)), ARRAY[p_id]);
        INSERT INTO fusion.jobs (number, id, tenant, lane, band, due, settled, place, behind, suspect, background,
            granted, holds, serial, unique_key, body, payload, failure, failed_for, parents, parent_failed, awaits, wait)
        VALUES (v_ended.number, p_id, p_tenant, v_ended.lane, v_ended.band, v_now, v_ended.settled, v_ended.place,
            v_ended.behind, v_ended.suspect, v_ended.background, false, v_ended.holds, v_ended.serial,
            v_ended.unique_key, v_ended.body, v_ended.payload, v_ended.failure, v_ended.failed_for, v_ended.parents,
            v_ended.parent_failed, v_awaits,
            CASE WHEN v_awaits OR (v_ended.serial IS NOT NULL AND v_ended.place IS NULL) THEN 0 ELSE 1 END);
        IF v_awaits THEN
            UPDATE fusion.parents p SET open = EXISTS (SELECT FROM fusion.jobs j WHERE j.id = p.parent)
                WHERE p.child = p_id;
            INSERT INTO fusion.loose (tenant, sort, key) VALUES (p_tenant, 2, uuid_send(p_id));
        ELSIF v_ended.serial IS NOT NULL AND v_ended.place IS NULL THEN
            PERFORM fusion.line_up(v_now, p_id);
        END IF;
    END IF;
    IF v_answer <> 4 AND v_ended.serial IS NOT NULL THEN
        PERFORM fusion.go_on(v_now, ARRAY[p_tenant], ARRAY[1::smallint], ARRAY[v_ended.serial]);
    END IF;
    RETURN v_answer;
END $$;

-- Lets the next job in behind a dead one that holds a serial key. One whose rest is still being cancelled lets it go
-- by itself.
CREATE FUNCTION fusion.let_go(given bigint, p_tenant text, p_serial bytea) RETURNS void
LANGUAGE plpgsql VOLATILE
SET lock_timeout = '5s' SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
BEGIN
    PERFORM fusion.require_read_committed();
    UPDATE fusion.ended e SET place = NULL, behind = NULL
        WHERE e.tenant = p_tenant AND e.serial = p_serial AND e.place IS NOT NULL AND e.rest IS NULL;
    IF FOUND THEN
        PERFORM fusion.go_on(fusion.now(given), ARRAY[p_tenant], ARRAY[1::smallint], ARRAY[p_serial]);
    END IF;
END $$;

-- Opens a gate, and wakes what was parked in it.
CREATE FUNCTION fusion.open_gate(given bigint, p_tenant text, p_store uuid) RETURNS void
LANGUAGE plpgsql VOLATILE
SET lock_timeout = '5s' SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE v_now bigint := fusion.now(given);
BEGIN
    PERFORM fusion.require_read_committed();
    UPDATE fusion.gates g SET open_at = NULL WHERE g.tenant = p_tenant AND g.store = p_store;
    UPDATE fusion.jobs j SET wait = 1, due = v_now WHERE j.id IN (
        SELECT p.id FROM fusion.lanes l JOIN fusion.jobs p ON p.lane = l.id AND p.wait = 3
        WHERE l.tenant = p_tenant AND l.store = p_store ORDER BY p.id FOR UPDATE OF p);
END $$;

-- The handlers of these jobs know of their ends.
CREATE FUNCTION fusion.told(p_id uuid[]) RETURNS void LANGUAGE sql VOLATILE SET lock_timeout = '5s' AS $$
    UPDATE fusion.ended SET untold = false WHERE id IN (
        SELECT e.id FROM fusion.ended e WHERE e.id = ANY (p_id) AND e.untold ORDER BY e.id FOR NO KEY UPDATE)
$$;
