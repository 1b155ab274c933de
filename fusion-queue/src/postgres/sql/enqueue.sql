-- The lane of such jobs, made if it isn't there. A call of its own: a transaction that stayed open around it would
-- keep everybody else's jobs out of the lane.
CREATE FUNCTION fusion.lane(p_tenant text, p_store uuid, p_kind text, p_begins_work boolean) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET lock_timeout = '5s' AS $$
DECLARE v_id bigint;
BEGIN
    LOOP
        SELECT l.id INTO v_id FROM fusion.lanes l WHERE l.tenant = p_tenant AND l.store = p_store AND l.kind = p_kind
            AND l.begins_work = p_begins_work;
        EXIT WHEN FOUND;
        INSERT INTO fusion.lanes (tenant, store, kind, begins_work) VALUES (p_tenant, p_store, p_kind, p_begins_work)
        ON CONFLICT DO NOTHING;
    END LOOP;
    RETURN v_id;
END $$;

-- Gives a job that waits the newer payload; false: it doesn't wait any more.
CREATE FUNCTION fusion.take_over(p_now bigint, p_id uuid, p_due bigint, p_background boolean, p_payload text)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM fusion.require_read_committed();
    -- When it is locked it shows whether a claim has taken it.
    PERFORM FROM fusion.jobs j WHERE j.id = p_id FOR UPDATE;
    -- What has run waits for a reason; what hasn't needn't wait longer than the newer one would.
    UPDATE fusion.jobs j SET payload = p_payload, background = j.background AND p_background,
        due = CASE WHEN j.settled = 0 AND NOT j.suspect THEN least(j.due, p_due) ELSE j.due END,
        wait = CASE WHEN j.wait = 0 THEN 0
            ELSE fusion.waiting(CASE WHEN j.settled = 0 AND NOT j.suspect THEN least(j.due, p_due) ELSE j.due END, p_now)
        END
    WHERE j.id = p_id AND NOT fusion.is_held(j.id);
    RETURN FOUND;
END $$;

-- Puts in jobs that nothing hangs on but their ids: no keys, no parents. Where one of them is known already all are refused,
-- and `enqueue` finds out which. So are they where somebody's open transaction has one: many callers' jobs come at once
-- and others queue up behind them, so it waits no longer than a transaction of ours takes.
CREATE FUNCTION fusion.put_in(given bigint, p_id uuid[], p_tenant text[], p_lane bigint[], p_band smallint[],
    p_due bigint[], p_is_length boolean[], p_background boolean[], p_granted boolean[], p_body text[], p_payload text[])
RETURNS void LANGUAGE plpgsql VOLATILE
SET lock_timeout = '50ms' SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE v_now bigint := fusion.now(given);
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM fusion.require_read_committed();
    END IF;
    -- Of equal ids of two transactions one waits for the other: by id, or they would wait for each other.
    INSERT INTO fusion.jobs (number, id, tenant, lane, band, due, background, granted, body, payload, wait)
    SELECT n.number, n.id, n.tenant, n.lane, n.band, n.at, n.background, n.granted, n.body, n.payload,
        fusion.waiting(n.at, v_now)
    FROM (
        SELECT nextval('fusion.numbers') AS number, fusion.moment(c.due, c.is_length, v_now) AS at, c.*
        FROM unnest(p_id, p_tenant, p_lane, p_band, p_due, p_is_length, p_background, p_granted, p_body, p_payload)
            AS c (id, tenant, lane, band, due, is_length, background, granted, body, payload)) n
    ORDER BY n.id;
    -- Looked for afterwards: one that was alive until a moment ago may have ended while this waited for it.
    IF EXISTS (SELECT FROM fusion.ended e WHERE e.id = ANY (p_id)) THEN
        RAISE unique_violation;
    END IF;
END $$;

-- Puts jobs in, all or none. `p_parents`: for each job none, or an array of ids as text. Answers: 0 new, 1 known,
-- 2 joined `holder`, 3 follows.
CREATE FUNCTION fusion.enqueue(given bigint, p_id uuid[], p_tenant text[], p_lane bigint[], p_band smallint[],
    p_due bigint[], p_is_length boolean[], p_background boolean[], p_granted boolean[], p_heir_of uuid[],
    p_serial bytea[], p_unique_key bytea[], p_joins boolean[], p_holds smallint[], p_parents text[],
    p_parent_failed smallint[], p_body text[], p_payload text[],
    OUT answers smallint[], OUT holders uuid[])
LANGUAGE plpgsql VOLATILE
SET lock_timeout = '5s' SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    v_n int := cardinality(p_id); v_now bigint; v_number bigint[]; v_new bigint[]; v_undone uuid[];
    v_sort smallint[]; v_due bigint; v_holder fusion.jobs; v_is_held boolean;
    v_place bigint[]; v_is_head boolean[];
    v_has_parents boolean := array_remove(p_parents, NULL) <> '{}';
    v_is_slow boolean := v_has_parents OR array_remove(p_unique_key, NULL) <> '{}'
        OR array_remove(p_heir_of, NULL) <> '{}';
    v_has_keys boolean := v_is_slow OR array_remove(p_serial, NULL) <> '{}';
BEGIN
    PERFORM fusion.set_patience();
    PERFORM fusion.require_read_committed();
    IF v_has_parents THEN
        -- Nobody forgets them meanwhile. Before the keys, as a requeue locks them.
        PERFORM FROM fusion.ended e WHERE e.id IN (
            SELECT unnest(c.parents::uuid[]) FROM unnest(p_parents) AS c (parents)) ORDER BY e.id FOR KEY SHARE;
    END IF;
    IF v_is_slow THEN
        -- Whoever takes the place of a job takes its serial key.
        FOR i IN 1..v_n LOOP
            IF p_heir_of[i] IS NOT NULL AND p_serial[i] IS NULL THEN
                p_serial[i] := (
                    SELECT k.serial FROM fusion.known k WHERE k.id = p_heir_of[i] AND k.tenant = p_tenant[i]);
            END IF;
        END LOOP;
    END IF;
    IF v_has_keys THEN
        v_sort := array_fill(0::smallint, ARRAY[v_n]) || array_fill(1::smallint, ARRAY[v_n]);
        PERFORM fusion.lock_keys(p_tenant || p_tenant, v_sort, p_unique_key || p_serial);
    END IF;
    v_now := fusion.now(given);
    IF v_has_parents AND EXISTS (
        SELECT FROM unnest(p_id, p_tenant, p_parents) WITH ORDINALITY AS c (id, tenant, parents, nth)
        CROSS JOIN LATERAL (SELECT u.id, array_position(p_id, u.id) AS at FROM unnest(c.parents::uuid[]) AS u (id)) u
        WHERE NOT EXISTS (SELECT FROM fusion.known k WHERE k.id = c.id)
            AND NOT EXISTS (SELECT FROM fusion.known k WHERE k.id = u.id AND k.tenant = c.tenant)
            AND (u.at < c.nth AND p_unique_key[u.at] IS NULL AND p_tenant[u.at] = c.tenant) IS NOT TRUE)
    THEN
        RAISE EXCEPTION 'a parent is unknown' USING ERRCODE = 'FU002';
    END IF;
    v_number := ARRAY(SELECT nextval('fusion.numbers') FROM generate_series(1, v_n));
    answers := array_fill(1::smallint, ARRAY[v_n]);
    holders := array_fill(NULL::uuid, ARRAY[v_n]);
    -- Those with keys that something may hang on come in one by one, below. Of the others each has its place behind the
    -- last of its serial key.
    IF v_has_keys THEN
        WITH coming AS (
            SELECT c.nth, c.tenant, c.serial,
                row_number() OVER (PARTITION BY c.tenant, c.serial ORDER BY c.nth) - 1 AS of_key
            FROM unnest(p_tenant, p_serial, p_unique_key, p_parents) WITH ORDINALITY AS c (tenant, serial, unique_key,
                parents, nth)
            WHERE c.serial IS NOT NULL AND NOT v_is_slow),
        ends AS (
            SELECT l.tenant, l.serial, fusion.last_place(l.tenant, l.serial) AS place
            FROM (SELECT DISTINCT c.tenant, c.serial FROM coming c) l)
        SELECT array_agg(coalesce(e.place + 1, 0) + c.of_key ORDER BY a.nth),
            array_agg(e.place IS NULL AND c.of_key = 0 ORDER BY a.nth)
        INTO v_place, v_is_head
        FROM generate_series(1, v_n) AS a (nth) LEFT JOIN coming c ON c.nth = a.nth
        LEFT JOIN ends e ON e.tenant = c.tenant AND e.serial = c.serial;
    END IF;
    -- Of equal ids of two transactions one waits for the other: by id, or they would wait for each other.
    WITH put AS (
        INSERT INTO fusion.jobs (number, id, tenant, lane, band, due, background, granted, heir_of, serial, holds, body,
            payload, place, behind, wait)
        SELECT c.number, c.id, c.tenant, c.lane, c.band, fusion.moment(c.due, c.is_length, v_now), c.background,
            c.granted, c.heir_of, c.serial, c.holds, c.body, c.payload, c.place,
            CASE WHEN c.serial IS NOT NULL THEN 0 END,
            CASE WHEN c.serial IS NULL OR c.is_head THEN fusion.waiting(fusion.moment(c.due, c.is_length, v_now), v_now)
                ELSE 0 END
        FROM unnest(v_number, p_id, p_tenant, p_lane, p_band, p_due, p_is_length, p_background, p_granted, p_heir_of,
            p_serial, p_unique_key, p_holds, p_parents, p_body, p_payload, v_place, v_is_head) AS c (number, id, tenant,
            lane, band, due, is_length, background, granted, heir_of, serial, unique_key, holds, parents, body, payload,
            place, is_head)
        WHERE NOT v_is_slow OR (c.serial IS NULL AND c.unique_key IS NULL AND c.parents IS NULL)
        ORDER BY c.id, c.number
        ON CONFLICT (id) DO NOTHING RETURNING number)
    SELECT array_agg(p.number) INTO v_new FROM put p;
    IF cardinality(v_new) = v_n THEN
        answers := array_fill(0::smallint, ARRAY[v_n]);
    ELSE
        SELECT array_agg(CASE WHEN w.number IS NULL THEN 1 ELSE 0 END::smallint ORDER BY u.nth) INTO answers
        FROM unnest(v_number) WITH ORDINALITY AS u (number, nth) LEFT JOIN unnest(v_new) AS w (number) USING (number);
    END IF;
    FOR i IN 1..CASE WHEN v_is_slow THEN v_n ELSE 0 END LOOP
        CONTINUE WHEN p_serial[i] IS NULL AND p_unique_key[i] IS NULL AND p_parents[i] IS NULL;
        CONTINUE WHEN EXISTS (SELECT FROM fusion.known k WHERE k.id = p_id[i]);
        v_due := fusion.moment(p_due[i], p_is_length[i], v_now);
        v_holder := NULL;
        WHILE p_unique_key[i] IS NOT NULL LOOP
            SELECT * INTO v_holder FROM fusion.jobs j WHERE j.tenant = p_tenant[i] AND j.unique_key = p_unique_key[i]
                ORDER BY j.follows DESC LIMIT 1;
            EXIT WHEN NOT FOUND;
            answers[i] := 2 + v_holder.follows::int;
            holders[i] := v_holder.id;
            v_is_held := fusion.is_held(v_holder.id);
            EXIT WHEN v_is_held OR fusion.take_over(v_now, v_holder.id, v_due, p_background[i], p_payload[i]);
            -- It was claimed or cancelled meanwhile.
        END LOOP;
        CONTINUE WHEN v_holder.id IS NOT NULL AND (NOT v_is_held OR p_joins[i]);
        INSERT INTO fusion.jobs (number, id, tenant, lane, band, due, background, granted, heir_of, serial, unique_key,
            follows, awaits, holds, parents, parent_failed, body, payload, wait)
        VALUES (v_number[i], p_id[i], p_tenant[i], p_lane[i], p_band[i], v_due, p_background[i], p_granted[i],
            p_heir_of[i], p_serial[i], p_unique_key[i], v_holder.id IS NOT NULL, p_parents[i] IS NOT NULL, p_holds[i],
            p_parents[i]::uuid[], p_parent_failed[i], p_body[i], p_payload[i],
            CASE WHEN p_serial[i] IS NULL AND v_holder.id IS NULL AND p_parents[i] IS NULL
                THEN fusion.waiting(v_due, v_now) ELSE 0 END)
        ON CONFLICT (id) DO NOTHING;
        IF NOT FOUND THEN
            answers[i] := 1;
        ELSIF p_parents[i] IS NOT NULL THEN
            -- It may have ended while this waited for it.
            IF EXISTS (SELECT FROM fusion.ended e WHERE e.id = p_id[i]) THEN
                DELETE FROM fusion.jobs j WHERE j.id = p_id[i];
                CONTINUE;
            END IF;
            answers[i] := 0;
            INSERT INTO fusion.parents (parent, child, open)
                SELECT DISTINCT u.id, p_id[i], true FROM unnest(p_parents[i]::uuid[]) AS u (id);
            -- Where all are alive there is nothing to judge.
            IF EXISTS (
                SELECT FROM fusion.parents p WHERE p.child = p_id[i] AND NOT EXISTS (
                    SELECT FROM fusion.jobs j WHERE j.id = p.parent))
            THEN
                PERFORM fusion.tell(v_now, ARRAY[p_id[i]]);
            END IF;
            -- Somebody may be ending a parent who doesn't see this one.
            INSERT INTO fusion.loose (tenant, sort, key)
                SELECT j.tenant, 2, uuid_send(j.id) FROM fusion.jobs j WHERE j.id = p_id[i] AND j.awaits;
        ELSE
            answers[i] := CASE WHEN v_holder.id IS NULL THEN 0 ELSE 3 END;
            IF v_holder.id IS NULL AND p_serial[i] IS NOT NULL THEN
                PERFORM fusion.line_up(v_now, p_id[i]);
            END IF;
        END IF;
    END LOOP;
    -- An id that was known until a moment ago may have ended while this waited for it.
    SELECT array_agg(e.id) INTO v_undone FROM fusion.ended e WHERE e.id = ANY (p_id) AND e.number <> ALL (v_number);
    IF v_undone IS NOT NULL THEN
        DELETE FROM fusion.jobs j WHERE j.id = ANY (v_undone) AND j.number = ANY (v_number);
        FOR i IN 1..v_n LOOP
            IF p_id[i] = ANY (v_undone) THEN
                answers[i] := 1;
            END IF;
        END LOOP;
    END IF;
    IF 1 = ANY (answers) AND EXISTS (
        SELECT FROM unnest(p_id, p_tenant) AS c (id, tenant) JOIN fusion.known k ON k.id = c.id
        WHERE k.tenant <> c.tenant)
    THEN
        -- A lease names a job by its id alone, so two tenants can't use one id.
        RAISE EXCEPTION 'an id is taken' USING ERRCODE = 'FU001';
    END IF;
    -- Who was left out may have left its key behind, or a place that nobody took.
    IF v_has_keys AND answers && '{1,2}' THEN
        SELECT array_agg(u.tenant), array_agg(u.sort), array_agg(u.key) INTO p_tenant, v_sort, p_serial
        FROM unnest(p_tenant || p_tenant, v_sort, p_unique_key || p_serial) AS u (tenant, sort, key)
        WHERE u.key IS NOT NULL;
        PERFORM fusion.go_on(v_now, p_tenant, v_sort, p_serial);
    END IF;
END $$;
