-- Commits come alone or in company; in company each row names its tenant.

-- Locks records that commits found there, and tells whether all are as they were read, with what they claimed, and who.
-- A run is a stretch of them that is locked alike, up to its end: written records against everybody, those that are
-- relied on against who writes them.
CREATE FUNCTION fusion.hold(p_tenant text[], p_kind text[], p_id bytea[], p_version bigint[], p_run_end int[],
    p_is_written boolean[], OUT is_fresh boolean, OUT had_of text[], OUT had_by bytea[], OUT had bytea[])
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE v_n bigint; v_of text[]; v_by bytea[]; v_had bytea[]; v_count bigint := 0; v_from int := 1; v_to int;
BEGIN
    FOR i IN 1..cardinality(p_is_written) LOOP
        v_to := p_run_end[i];
        IF p_is_written[i] THEN
            WITH held AS MATERIALIZED (
                SELECT r.version, k.version AS expected, r.tenant, r.id, r.uniques
                FROM unnest(p_tenant[v_from:v_to], p_kind[v_from:v_to], p_id[v_from:v_to], p_version[v_from:v_to])
                    AS k (tenant, kind, id, version)
                JOIN fusion.records r ON r.tenant = k.tenant AND r.kind = k.kind AND r.id = k.id
                ORDER BY r.tenant, r.kind, r.id FOR NO KEY UPDATE OF r)
            SELECT count(*) FILTER (WHERE h.version = h.expected),
                array_agg(h.tenant) FILTER (WHERE h.uniques <> ''), array_agg(h.id) FILTER (WHERE h.uniques <> ''),
                array_agg(h.uniques) FILTER (WHERE h.uniques <> '')
            INTO v_n, v_of, v_by, v_had FROM held h;
            IF v_had IS NOT NULL THEN
                had_of := had_of || v_of;
                had_by := had_by || v_by;
                had := had || v_had;
            END IF;
        ELSE
            WITH held AS MATERIALIZED (
                SELECT r.version, k.version AS expected
                FROM unnest(p_tenant[v_from:v_to], p_kind[v_from:v_to], p_id[v_from:v_to], p_version[v_from:v_to])
                    AS k (tenant, kind, id, version)
                JOIN fusion.records r ON r.tenant = k.tenant AND r.kind = k.kind AND r.id = k.id
                ORDER BY r.tenant, r.kind, r.id FOR SHARE OF r)
            SELECT count(*) FILTER (WHERE h.version = h.expected) INTO v_n FROM held h;
        END IF;
        v_count := v_count + v_n;
        v_from := v_to + 1;
    END LOOP;
    is_fresh := v_count = cardinality(p_kind);
END $$;

-- Brings in records that weren't there, the first `p_before` of the rows left out; how many came in. One without a body
-- is only a place that is kept free until the commit has ended.
CREATE FUNCTION fusion.bring_in(p_before int, p_until int, p_tenant text[], p_kind text[], p_id bytea[],
    p_expect bigint[], p_changed bigint[], p_lookups bytea[], p_uniques bytea[], p_body text[]) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE v_n bigint;
BEGIN
    WITH new AS MATERIALIZED (
        SELECT w.* FROM unnest(p_tenant, p_kind, p_id, p_expect, p_changed, p_lookups, p_uniques, p_body)
            WITH ORDINALITY AS w (tenant, kind, id, expect, changed, lookups, uniques, body, nth)
        WHERE w.nth > p_before AND w.nth <= p_until AND w.expect = 0),
    put AS (
        INSERT INTO fusion.records (tenant, kind, id, version, changed, lookups, uniques, body)
        SELECT n.tenant, n.kind, n.id, CASE WHEN n.body IS NULL THEN 0 ELSE 1 END, n.changed, n.lookups, n.uniques,
            coalesce(n.body, '')
        FROM new n ORDER BY n.tenant, n.kind, n.id
        ON CONFLICT DO NOTHING RETURNING 1),
    found AS (
        INSERT INTO fusion.lookups (tenant, lookup, id, changed)
        SELECT n.tenant, l.lookup, n.id, n.changed
        FROM new n CROSS JOIN LATERAL fusion.each_hash(n.lookups) AS l (lookup)
        ON CONFLICT DO NOTHING)
    SELECT count(*) INTO v_n FROM put;
    RETURN v_n;
END $$;

-- Replaces records that are held, or deletes them, with their lookups.
CREATE FUNCTION fusion.replace_held(p_tenant text[], p_kind text[], p_id bytea[], p_expect bigint[],
    p_changed bigint[], p_lookups bytea[], p_uniques bytea[], p_body text[]) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    WITH written AS MATERIALIZED (
        SELECT w.*, r.lookups AS had, r.changed AS had_changed
        FROM unnest(p_tenant, p_kind, p_id, p_expect, p_changed, p_lookups, p_uniques, p_body)
            AS w (tenant, kind, id, expect, changed, lookups, uniques, body)
        JOIN fusion.records r ON r.tenant = w.tenant AND r.kind = w.kind AND r.id = w.id
        WHERE w.expect > 0),
    -- By themselves first, or the planner may look for each in all that finds records of the tenant.
    lost AS MATERIALIZED (
        SELECT w.tenant, w.id, h.lookup FROM written w CROSS JOIN LATERAL fusion.each_hash(w.had) AS h (lookup)
        WHERE w.had <> w.lookups AND position(h.lookup IN w.lookups) = 0),
    gone AS (
        DELETE FROM fusion.lookups l USING lost o
        WHERE l.tenant = o.tenant AND l.lookup = o.lookup AND l.id = o.id),
    found AS (
        INSERT INTO fusion.lookups (tenant, lookup, id, changed)
        SELECT w.tenant, h.lookup, w.id, w.changed
        FROM written w CROSS JOIN LATERAL fusion.each_hash(w.lookups) AS h (lookup)
        WHERE w.changed IS DISTINCT FROM w.had_changed
            OR (w.had <> w.lookups AND position(h.lookup IN w.had) = 0)
        ON CONFLICT (tenant, lookup, id) DO UPDATE SET changed = excluded.changed),
    deleted AS (
        DELETE FROM fusion.records r USING written w
        WHERE w.body IS NULL AND r.tenant = w.tenant AND r.kind = w.kind AND r.id = w.id)
    UPDATE fusion.records r SET version = w.expect + 1, changed = w.changed, lookups = w.lookups, uniques = w.uniques,
        body = w.body
    FROM written w
    WHERE w.body IS NOT NULL AND r.tenant = w.tenant AND r.kind = w.kind AND r.id = w.id;
END $$;

-- Gives up what the records of commits claimed and claim no more, and claims what is new; what somebody else has. In
-- company, where records are told by their ids, nothing passes from one of them to another: who of two came first would
-- decide whether it may.
CREATE FUNCTION fusion.claim_unique(p_in_company boolean, p_had_of text[], p_had_by bytea[], p_had bytea[],
    p_claims_of text[], p_claims_by bytea[], p_claims bytea[]) RETURNS bytea
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_gone bytea[]; v_gone_of text[]; v_new bytea[] := p_claims; v_new_of text[] := p_claims_of;
    v_put bytea[]; v_put_of text[];
BEGIN
    IF p_had IS NOT NULL THEN
        -- What passes from one record of the commit to another is neither.
        SELECT array_agg(h.tenant) FILTER (WHERE c.key IS NULL), array_agg(h.key) FILTER (WHERE c.key IS NULL),
            array_agg(c.tenant) FILTER (WHERE h.key IS NULL), array_agg(c.key) FILTER (WHERE h.key IS NULL)
        INTO v_gone_of, v_gone, v_new_of, v_new
        FROM (SELECT a.tenant, CASE WHEN p_in_company THEN a.id ELSE '' END AS id, e.key
            FROM unnest(p_had_of, p_had_by, p_had) AS a (tenant, id, hashes)
            CROSS JOIN LATERAL fusion.each_hash(a.hashes) AS e (key)) h
        FULL JOIN (SELECT c.tenant, CASE WHEN p_in_company THEN c.id ELSE '' END AS id, c.key
            FROM unnest(p_claims_of, p_claims_by, p_claims) AS c (tenant, id, key)) c
            ON c.key = h.key AND c.tenant = h.tenant AND c.id = h.id;
        IF p_in_company AND v_gone && v_new THEN
            RETURN v_new[1];
        END IF;
    END IF;
    IF v_gone IS NOT NULL THEN
        IF v_new IS NOT NULL THEN
            -- Two that each give up what the other wants would wait for each other.
            PERFORM FROM unnest(v_gone_of || v_new_of, v_gone || v_new) AS k (tenant, key)
                JOIN fusion.unique_keys u ON u.tenant = k.tenant AND u.unique_key = k.key
                ORDER BY u.tenant, u.unique_key FOR UPDATE OF u;
        END IF;
        DELETE FROM fusion.unique_keys u USING unnest(v_gone_of, v_gone) AS g (tenant, key)
            WHERE u.tenant = g.tenant AND u.unique_key = g.key;
    END IF;
    IF v_new IS NULL OR v_new = '{}' THEN
        RETURN NULL;
    END IF;
    WITH put AS (
        INSERT INTO fusion.unique_keys (tenant, unique_key)
        SELECT n.tenant, n.key FROM unnest(v_new_of, v_new) AS n (tenant, key) ORDER BY n.tenant, n.key
        ON CONFLICT DO NOTHING RETURNING tenant, unique_key)
    SELECT array_agg(p.tenant), array_agg(p.unique_key) INTO v_put_of, v_put FROM put p;
    IF cardinality(v_put) = cardinality(v_new) THEN
        RETURN NULL;
    END IF;
    RETURN coalesce((SELECT n.key FROM unnest(v_new_of, v_new) AS n (tenant, key)
        WHERE (n.tenant, n.key) NOT IN (SELECT * FROM unnest(v_put_of, v_put)) LIMIT 1), v_new[1]);
END $$;

-- How long commits in company wait for somebody's open transaction, here and in what else their statement calls: as long
-- as a transaction of ours takes. Then all are refused, as they are for whatever is wrong with one of them.
CREATE FUNCTION fusion.set_patience() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF current_setting('fusion.in_company', true) = 'true' THEN
        PERFORM set_config('lock_timeout', '50ms', true);
    END IF;
END $$;

-- Stores what commits carry but their jobs and their settlements; their moment. `p_tenant` is theirs, or whose the first
-- of a company is; each part names its own besides. Of the rows those behind `p_steps` are steps, and of those before
-- `p_new` weren't there. `p_claims`: what the records of each claim, by which; `p_clash`: what two of one claim;
-- `p_is_fixed`: a row would change that never does. Refusals: FU003 too late, FU004 a lease is lost, FU005 a record is
-- another, FU006 what is told is claimed already, FU007 a step is there, FU008 a row that never changes. Where the queue
-- `p_is_elsewhere`, a fence takes its token, and no row of the queue is looked at.
CREATE FUNCTION fusion.store(given bigint, p_tenant text, p_in_company boolean, p_not_after bigint,
    p_fence_of text[], p_fence uuid[], p_token bigint[],
    p_held_of text[], p_held_kind text[], p_held_id bytea[], p_held_version bigint[], p_run_end int[],
    p_is_written boolean[], p_of text[], p_kind text[], p_id bytea[], p_expect bigint[], p_changed bigint[],
    p_lookups bytea[], p_uniques bytea[], p_body text[], p_steps int, p_new int, p_claims_of text[],
    p_claims_by bytea[], p_claims bytea[], p_clash bytea, p_is_fixed boolean, p_audit_of text[], p_audit_id uuid[], p_audit text[], p_cancel uuid[],
    p_settled uuid[], p_settled_token bigint[], p_job_of text[], p_heir_of uuid[], p_serial bytea[],
    p_unique_key bytea[], p_parents text[], p_is_elsewhere boolean) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET lock_timeout = '5s' SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    v_now bigint; v_is_fresh boolean := true; v_had_of text[]; v_had_by bytea[]; v_had bytea[]; v_changes boolean := p_is_written && '{true}';
    v_n int := cardinality(p_kind); v_is_step_there boolean := false; v_taken bytea;
    v_is_lost boolean := false;
    v_job uuid[] := p_cancel || p_settled; v_token bigint[] := p_settled_token;
BEGIN
    PERFORM set_config('fusion.tenant', p_tenant, true);
    PERFORM fusion.require_read_committed();
    IF p_in_company THEN
        PERFORM set_config('fusion.in_company', 'true', true);
        PERFORM fusion.set_patience();
    END IF;
    IF cardinality(p_held_kind) > 0 THEN
        SELECT h.is_fresh, h.had_of, h.had_by, h.had INTO v_is_fresh, v_had_of, v_had_by, v_had
        FROM fusion.hold(p_held_of, p_held_kind, p_held_id, p_held_version, p_run_end, p_is_written) h;
    END IF;
    IF v_is_fresh AND p_new > 0 THEN
        v_is_fresh := p_new = fusion.bring_in(0, p_steps, p_of, p_kind, p_id, p_expect, p_changed, p_lookups,
            p_uniques, p_body);
    END IF;
    IF v_is_fresh AND v_n > p_steps THEN
        v_is_step_there := v_n - p_steps <> fusion.bring_in(p_steps, v_n, p_of, p_kind, p_id, p_expect, p_changed,
            p_lookups, p_uniques, p_body);
    END IF;
    IF v_is_fresh AND NOT v_is_step_there THEN
        v_taken := fusion.claim_unique(p_in_company, v_had_of, v_had_by, v_had, p_claims_of, p_claims_by, p_claims);
        IF v_changes THEN
            PERFORM fusion.replace_held(p_of, p_kind, p_id, p_expect, p_changed, p_lookups, p_uniques, p_body);
        END IF;
    END IF;
    IF p_fence <> '{}' AND p_is_elsewhere THEN
        v_is_lost := fusion.take_token(fusion.now(given), p_tenant, p_fence[1], p_token[1], false) <> 1;
    ELSIF p_fence <> '{}' THEN
        v_job := v_job || p_fence;
        v_token := v_token || p_token;
    END IF;
    IF v_job <> '{}' THEN
        PERFORM fusion.lock_ahead(v_token, v_job, p_job_of, p_heir_of, p_serial, p_unique_key, p_parents);
    END IF;
    v_now := fusion.now(given);
    IF v_now >= p_not_after THEN
        RAISE EXCEPTION 'too late' USING ERRCODE = 'FU003';
    ELSIF v_is_lost OR (p_fence <> '{}' AND NOT p_is_elsewhere
        AND NOT fusion.holds(v_now, p_fence_of, p_fence, p_token)) THEN
        RAISE EXCEPTION 'the lease is lost' USING ERRCODE = 'FU004';
    ELSIF NOT v_is_fresh THEN
        RAISE EXCEPTION 'a record is another' USING ERRCODE = 'FU005';
    ELSIF p_is_fixed THEN
        RAISE EXCEPTION 'such rows never change' USING ERRCODE = 'FU008';
    ELSIF coalesce(p_clash, v_taken) IS NOT NULL THEN
        RAISE EXCEPTION 'it is claimed already' USING ERRCODE = 'FU006',
            DETAIL = encode(coalesce(p_clash, v_taken), 'hex');
    ELSIF v_is_step_there THEN
        RAISE EXCEPTION 'the step is there' USING ERRCODE = 'FU007';
    END IF;
    IF p_new > 0 AND array_position(p_body, NULL) IS NOT NULL THEN
        DELETE FROM fusion.records r USING unnest(p_of, p_kind, p_id, p_expect, p_body)
            AS w (tenant, kind, id, expect, body)
        WHERE w.body IS NULL AND w.expect = 0 AND r.tenant = w.tenant AND r.kind = w.kind AND r.id = w.id;
    END IF;
    IF cardinality(p_audit) > 0 THEN
        INSERT INTO fusion.audit_waiting (tenant, id, body)
            SELECT a.tenant, a.id, a.body
            FROM unnest(p_audit_of, p_audit_id, p_audit) WITH ORDINALITY AS a (tenant, id, body, nth)
            ORDER BY a.nth;
    END IF;
    IF p_cancel <> '{}' THEN
        PERFORM fusion.call_off(v_now, p_tenant, p_cancel);
    END IF;
    RETURN v_now;
END $$;
