-- What a commit asks of the queue.

-- Locks what the queue's functions will lock, in their order: leases, ended parents, keys, jobs. Where a commit only puts
-- jobs in, `enqueue` does so itself.
CREATE FUNCTION fusion.lock_ahead(p_token bigint[], p_job uuid[], p_tenant text[], p_heir_of uuid[], p_serial bytea[],
    p_unique_key bytea[], p_parents text[]) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE v_tenant text[]; v_key bytea[]; v_sort smallint[];
BEGIN
    IF p_token <> '{}' THEN
        PERFORM FROM fusion.leases l WHERE l.token = ANY (p_token) ORDER BY l.token FOR UPDATE;
    END IF;
    IF array_remove(p_parents, NULL) <> '{}' THEN
        PERFORM FROM fusion.ended e WHERE e.id IN (
            SELECT unnest(c.parents::uuid[]) FROM unnest(p_parents) AS c (parents)) ORDER BY e.id FOR KEY SHARE;
    END IF;
    IF p_tenant <> '{}' THEN
        SELECT array_agg(k.tenant), array_agg(k.key), array_agg(k.sort) INTO v_tenant, v_key, v_sort FROM (
            SELECT u.tenant, u.key, 0::smallint AS sort FROM unnest(p_tenant, p_unique_key) AS u (tenant, key)
            UNION SELECT s.tenant, s.key, 1::smallint FROM unnest(p_tenant, p_serial) AS s (tenant, key)
            UNION SELECT h.tenant, (SELECT k.serial FROM fusion.known k WHERE k.id = h.id AND k.tenant = h.tenant),
                1::smallint
                FROM unnest(p_tenant, p_heir_of) AS h (tenant, id) WHERE h.id IS NOT NULL) k
        WHERE k.key IS NOT NULL;
        IF v_key IS NOT NULL THEN
            PERFORM fusion.lock_keys(v_tenant, v_sort, v_key);
        END IF;
    END IF;
    IF p_job <> '{}' THEN
        PERFORM FROM fusion.jobs j WHERE j.id = ANY (p_job) ORDER BY j.id FOR UPDATE;
    END IF;
END $$;

-- Whether attempts at jobs, each of its tenant, all hold their leases still. All of them are locked.
CREATE FUNCTION fusion.holds(p_now bigint, p_tenant text[], p_job uuid[], p_token bigint[]) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN NOT EXISTS (SELECT FROM unnest(p_tenant, p_job, p_token) AS f (tenant, job, token)
        WHERE NOT EXISTS (SELECT FROM fusion.leases l JOIN fusion.jobs j ON j.id = f.job AND j.tenant = f.tenant
            WHERE l.token = f.token AND f.job = ANY (l.jobs)
                AND CASE WHEN j.beat = l.token THEN j.lease_ends ELSE l.until END > p_now));
END $$;

-- Cancels jobs of a tenant, those under a grant too; who ends them so needs to be told of none. They are locked.
CREATE FUNCTION fusion.call_off(p_now bigint, p_tenant text, p_job uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE v_id uuid[];
BEGIN
    UPDATE fusion.jobs j SET cancel_wanted = true
        WHERE j.id = ANY (p_job) AND j.tenant = p_tenant AND fusion.is_held(j.id);
    v_id := ARRAY(SELECT j.id FROM fusion.jobs j
        WHERE j.id = ANY (p_job) AND j.tenant = p_tenant AND NOT fusion.is_held(j.id));
    IF v_id <> '{}' THEN
        PERFORM fusion.finish(p_now, 4, 5::smallint, 0, v_id, NULL, NULL);
    END IF;
END $$;

-- Settles attempts at jobs, each of its tenant, at the moment of their commits; the verdicts are those of `settle`. Where
-- one of several is a stranger's, or is forgotten, all are refused.
CREATE FUNCTION fusion.settle_own(p_now bigint, p_tenant text[], p_job uuid[], p_token bigint[], p_end smallint[],
    p_due bigint[], p_is_length boolean[], p_closes boolean[], p_said text[]) RETURNS smallint[]
LANGUAGE plpgsql VOLATILE
SET lock_timeout = '5s' SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
BEGIN
    PERFORM fusion.set_patience();
    IF EXISTS (SELECT FROM unnest(p_tenant, p_job) AS s (tenant, job) WHERE NOT EXISTS (
        SELECT FROM fusion.known k WHERE k.id = s.job AND k.tenant = s.tenant))
    THEN
        IF cardinality(p_job) > 1 THEN
            RAISE EXCEPTION 'a lease is lost' USING ERRCODE = 'FU004';
        END IF;
        RETURN '{3}';
    END IF;
    RETURN fusion.settle(p_now, p_job, p_token, p_end, p_due, p_is_length, p_closes, p_said);
END $$;
