-- Records of every kind: what Record's JSON form says, under what Key's bytes say. Room in each page, so that a record
-- that is written anew stays in it; what is deleted is cleaned away soon, since it may be a person's.
CREATE TABLE fusion.records (
    tenant text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    id bytea NOT NULL,
    version bigint NOT NULL,
    -- Microseconds; only of kinds that are listed by their changes.
    changed bigint,
    -- What stands for it in `lookups` and `unique_keys`: hashes of 32 bytes, one behind the other.
    lookups bytea NOT NULL,
    uniques bytea NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (tenant, kind, id)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

-- What finds a record. A lookup finds records of one kind, so the kind doesn't stand here.
CREATE TABLE fusion.lookups (
    tenant text COLLATE "C" NOT NULL,
    lookup bytea NOT NULL,
    id bytea NOT NULL,
    changed bigint,
    PRIMARY KEY (tenant, lookup, id)
);

-- What may be there only once.
CREATE TABLE fusion.unique_keys (
    tenant text COLLATE "C" NOT NULL,
    unique_key bytea NOT NULL,
    PRIMARY KEY (tenant, unique_key)
);

-- A function that takes a tenant names it before all else, where row security looks for it.

-- Hashes that stand one behind the other, each by itself.
CREATE FUNCTION fusion.each_hash(hashes bytea) RETURNS SETOF bytea LANGUAGE sql IMMUTABLE ROWS 4 AS $$
    SELECT substring(hashes FROM 32 * n + 1 FOR 32) FROM generate_series(0, octet_length(hashes) / 32 - 1) AS n
$$;

-- What stands under these keys, in their order.
CREATE FUNCTION fusion.find(p_tenant text, p_kind text[], p_id bytea[])
RETURNS TABLE (kind text, version bigint, body text)
LANGUAGE plpgsql VOLATILE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('fusion.tenant', p_tenant, true);
    RETURN QUERY
    SELECT k.kind, r.version, r.body FROM unnest(p_kind, p_id) WITH ORDINALITY AS k (kind, id, nth)
    LEFT JOIN fusion.records r ON r.tenant = p_tenant AND r.kind = k.kind AND r.id = k.id ORDER BY k.nth;
END $$;

-- The first records of a kind whose keys lie in a range, by key: those that a lookup finds, or all.
CREATE FUNCTION fusion.list(p_tenant text, p_kind text, p_lookup bytea, p_low bytea, p_high bytea, p_since bigint,
    p_limit bigint) RETURNS TABLE (version bigint, body text)
LANGUAGE plpgsql VOLATILE
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('fusion.tenant', p_tenant, true);
    IF p_lookup IS NULL THEN
        RETURN QUERY
        SELECT r.version, r.body FROM fusion.records r
        WHERE r.tenant = p_tenant AND r.kind = p_kind AND r.id >= p_low AND r.id <= p_high
            AND (p_since IS NULL OR r.changed >= p_since)
        ORDER BY r.id LIMIT p_limit;
    ELSE
        -- `OFFSET 0` and the inner `LIMIT` keep the order of the tables: first the index, then each entry's record.
        RETURN QUERY
        SELECT r.version, r.body FROM (
            SELECT l.id FROM fusion.lookups l
            WHERE l.tenant = p_tenant AND l.lookup = p_lookup AND l.id >= p_low AND l.id <= p_high
                AND (p_since IS NULL OR l.changed >= p_since)
            ORDER BY l.id OFFSET 0) f
        CROSS JOIN LATERAL (
            SELECT s.version, s.body FROM fusion.records s
            WHERE s.tenant = p_tenant AND s.kind = p_kind AND s.id = f.id LIMIT 1) r
        ORDER BY f.id LIMIT p_limit;
    END IF;
END $$;
