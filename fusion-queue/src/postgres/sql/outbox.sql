-- What commits leave to a queue that lives elsewhere. Whoever draws a number has locked its commit's records: of two
-- commits of which one saw or waited for the other, the later one has the greater numbers.
CREATE TABLE fusion.errands (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text COLLATE "C" NOT NULL,
    body text NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);

-- The greatest token of each job's leases that was here, whether it has settled the job, and on which day since 1970
-- it was here last: a row that is written twice on a day changes no index.
CREATE TABLE fusion.tokens_seen (
    tenant text COLLATE "C" NOT NULL,
    job uuid NOT NULL,
    token bigint NOT NULL,
    settled boolean NOT NULL,
    day bigint NOT NULL,
    PRIMARY KEY (tenant, job)
) WITH (fillfactor = 80);
CREATE INDEX tokens_seen_by_day ON fusion.tokens_seen (day);

-- The day since 1970 that a moment is in.
CREATE FUNCTION fusion.day_of(p_at bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT p_at / 86400000000 $$;

-- Takes the token of a lease by one compare-and-set: a greater one always takes over, an equal one while its job isn't
-- settled. 1 taken, 2 its job is settled under it, 3 a greater one has been here.
CREATE FUNCTION fusion.take_token(p_now bigint, p_tenant text, p_job uuid, p_token bigint, p_settles boolean)
RETURNS smallint
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO fusion.tokens_seen AS t (tenant, job, token, settled, day)
        VALUES (p_tenant, p_job, p_token, p_settles, fusion.day_of(p_now))
    ON CONFLICT (tenant, job) DO UPDATE SET token = excluded.token, settled = excluded.settled, day = excluded.day
        WHERE excluded.token > t.token OR (excluded.token = t.token AND NOT t.settled);
    IF FOUND THEN
        RETURN 1;
    END IF;
    -- One that isn't replaced is locked all the same.
    RETURN (SELECT CASE WHEN t.token = p_token THEN 2 ELSE 3 END
        FROM fusion.tokens_seen t WHERE t.tenant = p_tenant AND t.job = p_job);
END $$;

-- Leaves what a commit asks of the queue, in the order in which a queue of the same database would do it: `p_errands`,
-- then the settlement, if its token is taken. The verdict of that is as `take_token` says.
CREATE FUNCTION fusion.leave(p_now bigint, p_tenant text, p_errands text[], p_job uuid, p_token bigint, p_settlement text)
RETURNS smallint
LANGUAGE plpgsql VOLATILE
SET lock_timeout = '5s' SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE v_verdict smallint;
BEGIN
    IF p_job IS NOT NULL THEN
        v_verdict := fusion.take_token(p_now, p_tenant, p_job, p_token, true);
        IF v_verdict = 1 THEN
            p_errands := p_errands || p_settlement;
        END IF;
    END IF;
    INSERT INTO fusion.errands (tenant, body)
        SELECT p_tenant, e.body FROM unnest(p_errands) WITH ORDINALITY AS e (body, nth) ORDER BY e.nth;
    RETURN v_verdict;
END $$;

-- The first errands that haven't been handed on.
CREATE FUNCTION fusion.left_over(p_limit bigint) RETURNS TABLE (number bigint, tenant text, body text)
LANGUAGE plpgsql STABLE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT e.number, e.tenant, e.body FROM fusion.errands e ORDER BY e.number LIMIT p_limit;
END $$;

-- Takes errands out that were handed on. One that somebody else takes out at this moment is left to them.
CREATE FUNCTION fusion.take_out(p_number bigint[]) RETURNS void
LANGUAGE plpgsql VOLATILE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
AS $$
BEGIN
    DELETE FROM fusion.errands e WHERE e.number IN (
        SELECT t.number FROM fusion.errands t WHERE t.number = ANY (p_number) FOR UPDATE SKIP LOCKED);
END $$;

-- Forgets up to `p_limit` tokens that were here at least `p_age` ago for the last time, oldest first; how many those were.
-- One that somebody takes at this moment is left to them.
CREATE FUNCTION fusion.forget_tokens(given bigint, p_age bigint, p_limit bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET lock_timeout = '5s' SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE v_before bigint := fusion.day_of(fusion.now(given) - p_age); v_gone bigint;
BEGIN
    PERFORM fusion.require_read_committed();
    WITH old AS (
        SELECT t.tenant, t.job FROM fusion.tokens_seen t WHERE t.day < v_before
            ORDER BY t.day LIMIT p_limit FOR UPDATE SKIP LOCKED)
    DELETE FROM fusion.tokens_seen t USING old o WHERE t.tenant = o.tenant AND t.job = o.job;
    GET DIAGNOSTICS v_gone = ROW_COUNT;
    RETURN v_gone;
END $$;
