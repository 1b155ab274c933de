-- What commits leave to a queue that lives elsewhere. Whoever draws a number has locked its commit's records: of two
-- commits of which one saw or waited for the other, the later one has the greater numbers.
CREATE TABLE fusion.errands (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text COLLATE "C" NOT NULL,
    body text NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);

-- The greatest token of each job's leases that was here, and whether it has settled the job.
CREATE TABLE fusion.tokens_seen (
    tenant text COLLATE "C" NOT NULL,
    job uuid NOT NULL,
    token bigint NOT NULL,
    settled boolean NOT NULL,
    PRIMARY KEY (tenant, job)
) WITH (fillfactor = 80);

-- Takes the token of a lease by one compare-and-set: a greater one always takes over, an equal one while its job isn't
-- settled. 1 taken, 2 its job is settled under it, 3 a greater one has been here.
CREATE FUNCTION fusion.take_token(p_tenant text, p_job uuid, p_token bigint, p_settles boolean) RETURNS smallint
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO fusion.tokens_seen AS t (tenant, job, token, settled) VALUES (p_tenant, p_job, p_token, p_settles)
    ON CONFLICT (tenant, job) DO UPDATE SET token = excluded.token, settled = excluded.settled
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
CREATE FUNCTION fusion.leave(p_tenant text, p_errands text[], p_job uuid, p_token bigint, p_settlement text)
RETURNS smallint
LANGUAGE plpgsql VOLATILE
SET lock_timeout = '5s' SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE v_verdict smallint;
BEGIN
    IF p_job IS NOT NULL THEN
        v_verdict := fusion.take_token(p_tenant, p_job, p_token, true);
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
