-- Audit entries that have no number yet, in the order in which their commits came to them.
CREATE TABLE fusion.audit_waiting (
    place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    body text NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX audit_waiting_of_tenant ON fusion.audit_waiting (tenant, place);

-- Audit entries in their chain.
CREATE TABLE fusion.audit (
    tenant text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (tenant, sequence)
);

-- The end of each tenant's chain.
CREATE TABLE fusion.heads (
    tenant text COLLATE "C" PRIMARY KEY,
    sequence bigint NOT NULL,
    hash bytea NOT NULL
) WITH (fillfactor = 50);

-- Who has waited longest with an entry that has no number. It goes over all tenants, so it runs as the owner, and tells
-- nothing but a name.
CREATE FUNCTION fusion.whose_turn() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_sort = off
AS $$
    SELECT w.tenant FROM fusion.audit_waiting w ORDER BY w.place LIMIT 1
$$;

-- The first entries without a number, of a tenant or of whoever has waited longest, with the end of its chain.
CREATE FUNCTION fusion.unchained(p_tenant text, p_limit bigint)
RETURNS TABLE (tenant text, sequence bigint, hash bytea, place bigint, id uuid, body text)
LANGUAGE plpgsql VOLATILE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE v_tenant text; v_looks integer := 0;
BEGIN
    LOOP
        v_tenant := coalesce(p_tenant, fusion.whose_turn());
        PERFORM set_config('fusion.tenant', v_tenant, true);
        RETURN QUERY
        SELECT w.tenant, h.sequence, h.hash, w.place, w.id, w.body FROM (
            SELECT * FROM fusion.audit_waiting a WHERE a.tenant = v_tenant ORDER BY a.tenant, a.place LIMIT p_limit) w
        LEFT JOIN fusion.heads h ON h.tenant = v_tenant ORDER BY w.place;
        v_looks := v_looks + 1;
        -- Whose turn it was may have been chained by somebody else between the two looks. A hundred times in a row is no
        -- crowd: the next call looks again.
        EXIT WHEN FOUND OR p_tenant IS NOT NULL OR v_tenant IS NULL OR v_looks = 100;
    END LOOP;
END $$;

-- Adds entries to a chain that still ends as it did when they were hashed; false: it doesn't, and nothing has changed.
-- The head's row is what two who chain at once wait for.
CREATE FUNCTION fusion.link(p_tenant text, p_genesis bytea, p_sequence bigint, p_hash bytea, p_new_hash bytea,
    p_place bigint[], p_body text[]) RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET lock_timeout = '5s' SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
BEGIN
    PERFORM set_config('fusion.tenant', p_tenant, true);
    IF p_sequence = 0 THEN
        INSERT INTO fusion.heads (tenant, sequence, hash) VALUES (p_tenant, 0, p_genesis) ON CONFLICT DO NOTHING;
    END IF;
    UPDATE fusion.heads h SET sequence = p_sequence + cardinality(p_place), hash = p_new_hash
        WHERE h.tenant = p_tenant AND h.sequence = p_sequence AND h.hash = p_hash;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO fusion.audit (tenant, sequence, body)
        SELECT p_tenant, p_sequence + b.nth, b.body FROM unnest(p_body) WITH ORDINALITY AS b (body, nth);
    -- By their places, not up to the last one: a commit that came to an earlier place may end later.
    DELETE FROM fusion.audit_waiting w WHERE w.place = ANY (p_place) AND w.tenant = p_tenant;
    RETURN true;
END $$;

-- The chained entries above a number.
CREATE FUNCTION fusion.feed(p_tenant text, p_after bigint, p_limit bigint) RETURNS TABLE (body text)
LANGUAGE plpgsql VOLATILE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('fusion.tenant', p_tenant, true);
    RETURN QUERY SELECT a.body FROM fusion.audit a WHERE a.tenant = p_tenant AND a.sequence > p_after
        ORDER BY a.sequence LIMIT p_limit;
END $$;

-- The end of a tenant's chain; no row: it hasn't begun.
CREATE FUNCTION fusion.chain_end(p_tenant text) RETURNS TABLE (sequence bigint, hash bytea)
LANGUAGE plpgsql VOLATILE SET jit = off SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('fusion.tenant', p_tenant, true);
    RETURN QUERY SELECT h.sequence, h.hash FROM fusion.heads h WHERE h.tenant = p_tenant;
END $$;

-- Drops the oldest chained entries up to the number `p_last`, `p_limit` at most; how many.
CREATE FUNCTION fusion.drop_audit(p_tenant text, p_last bigint, p_limit bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
AS $$
DECLARE v_n bigint;
BEGIN
    PERFORM set_config('fusion.tenant', p_tenant, true);
    WITH gone AS (
        DELETE FROM fusion.audit a WHERE a.tenant = p_tenant AND a.sequence <= least(p_last,
            (SELECT min(f.sequence) FROM fusion.audit f WHERE f.tenant = p_tenant) + p_limit - 1) RETURNING 1)
    SELECT count(*) INTO v_n FROM gone g;
    RETURN v_n;
END $$;
