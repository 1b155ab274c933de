-- What handlers wrote about jobs, kept as long as these; bytes, since a text may hold a zero byte.
CREATE TABLE fusion.lines (
    id bigint GENERATED ALWAYS AS IDENTITY,
    job uuid NOT NULL,
    at bigint NOT NULL,
    line bytea NOT NULL,
    PRIMARY KEY (job, id)
);

-- The last slot of each schedule that was taken.
CREATE TABLE fusion.slots (
    tenant text NOT NULL,
    schedule bytea NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (tenant, schedule)
);

-- Keeps lines of known jobs, the newest `p_most` of each.
CREATE FUNCTION fusion.log(p_job uuid[], p_at bigint[], p_line bytea[], p_most bigint) RETURNS void
LANGUAGE plpgsql VOLATILE SET lock_timeout = '5s' SET jit = off AS $$
BEGIN
    -- Nobody forgets them meanwhile.
    PERFORM FROM fusion.ended e WHERE e.id = ANY (p_job) ORDER BY e.id FOR KEY SHARE;
    INSERT INTO fusion.lines (job, at, line)
    SELECT l.job, l.at, l.line FROM unnest(p_job, p_at, p_line) WITH ORDINALITY AS l (job, at, line, nth)
        WHERE EXISTS (SELECT FROM fusion.known k WHERE k.id = l.job) ORDER BY l.nth;
    DELETE FROM fusion.lines l USING (
        SELECT o.job, o.id, row_number() OVER (PARTITION BY o.job ORDER BY o.id DESC) AS nth
        FROM fusion.lines o WHERE o.job = ANY (p_job)) old
    WHERE l.job = old.job AND l.id = old.id AND old.nth > p_most;
END $$;

-- Forgets up to `p_limit` jobs that ended at least `p_age` ago, oldest first; how many those were. A head that holds
-- its key stays, and a parent as long as a child of it is known.
CREATE FUNCTION fusion.forget(given bigint, p_age bigint, p_limit bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET lock_timeout = '5s' SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE v_before bigint := fusion.now(given) - p_age; v_old uuid[]; v_of bigint[]; v_gone uuid[];
BEGIN
    PERFORM fusion.require_read_committed();
    -- Looked at once more when it is locked: whoever names a parent locks it as well.
    SELECT array_agg(o.id), array_agg(DISTINCT o.of) INTO v_old, v_of FROM (
        SELECT e.id, b.id AS of FROM fusion.ends b CROSS JOIN LATERAL unnest(b.jobs) AS u (id)
        JOIN fusion.ended e ON e.id = u.id
        WHERE b.at <= v_before AND NOT e.untold AND e.place IS NULL
            AND NOT EXISTS (SELECT FROM fusion.parents p WHERE p.parent = e.id)
        ORDER BY b.at, e.number LIMIT p_limit FOR UPDATE OF e SKIP LOCKED) o;
    IF v_old IS NULL THEN
        RETURN 0;
    END IF;
    WITH forgotten AS (
        DELETE FROM fusion.ended e WHERE e.id = ANY (v_old)
            AND NOT EXISTS (SELECT FROM fusion.parents p WHERE p.parent = e.id)
        RETURNING e.id)
    SELECT array_agg(f.id) INTO v_gone FROM forgotten f;
    PERFORM fusion.leave_ends(v_of, v_gone);
    DELETE FROM fusion.parents p WHERE p.child = ANY (v_gone);
    DELETE FROM fusion.lines l WHERE l.job = ANY (v_gone);
    RETURN coalesce(cardinality(v_gone), 0);
END $$;

-- Takes jobs that are gone out of `ends`. Rows are locked by their ids, so that who forgets and who requeues, each with
-- its jobs locked, take theirs out one after the other.
CREATE FUNCTION fusion.leave_ends(p_of bigint[], p_id uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM FROM fusion.ends b WHERE b.id = ANY (p_of) ORDER BY b.id FOR UPDATE;
    UPDATE fusion.ends b SET jobs = ARRAY(
        SELECT u.id FROM unnest(b.jobs) AS u (id) WHERE (u.id NOT IN (SELECT unnest(p_id))))
    WHERE b.id = ANY (p_of);
    DELETE FROM fusion.ends b WHERE b.id = ANY (p_of) AND b.jobs = '{}';
END $$;

-- Takes a slot if it is later than the last one, which the caller has to know.
CREATE FUNCTION fusion.take_slot(p_tenant text, p_schedule bytea, p_last bigint, p_at bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET lock_timeout = '5s' SET jit = off AS $$
BEGIN
    IF p_last IS NULL THEN
        INSERT INTO fusion.slots (tenant, schedule, at) VALUES (p_tenant, p_schedule, p_at) ON CONFLICT DO NOTHING;
    ELSE
        UPDATE fusion.slots s SET at = p_at
            WHERE s.tenant = p_tenant AND s.schedule = p_schedule AND s.at = p_last AND p_at > p_last;
    END IF;
    RETURN FOUND;
END $$;
