-- Row security, for a role that isn't the owner of the tables: it sees and writes the rows of one tenant alone, which
-- each function that takes a tenant names before all else. It stands between what a function was told and what its
-- statements reach, and before statements of others under that role. Whoever may name a tenant may name any.

-- The tenant of this transaction. None: no row is anybody's. The setting is an empty text where it was set before.
CREATE FUNCTION fusion.tenant() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT nullif(pg_catalog.current_setting('fusion.tenant', true), '')
$$;

-- The tables of the domain, in the order in which commits and chaining lock them. The queue's lie outside: claims,
-- exchanges, signs of life and maintenance take no tenant.
CREATE FUNCTION fusion.walled() RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT ARRAY['records', 'lookups', 'unique_keys', 'heads', 'audit', 'audit_waiting']
$$;

-- Turns row security on, or on again after a later release has changed the schema, and opens the schema to `role`. For
-- the owner of the schema.
CREATE FUNCTION fusion.enable_row_security(role name) RETURNS void LANGUAGE plpgsql VOLATILE
SET lock_timeout = '5s' SET client_min_messages = warning
AS $$
DECLARE v_table text; v_schema text; v_owner text;
BEGIN
    FOREACH v_table IN ARRAY fusion.walled() LOOP
        EXECUTE format('ALTER TABLE fusion.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', v_table);
        EXECUTE format('DROP POLICY IF EXISTS of_tenant ON fusion.%I', v_table);
        EXECUTE format('CREATE POLICY of_tenant ON fusion.%I USING (tenant = fusion.tenant())
            WITH CHECK (tenant = fusion.tenant())', v_table);
    END LOOP;
    SELECT c.relnamespace::regnamespace, c.relowner::regrole INTO v_schema, v_owner
        FROM pg_class c WHERE c.oid = 'fusion.audit_waiting'::regclass;
    DROP POLICY IF EXISTS whose_turn ON fusion.audit_waiting;
    EXECUTE format('CREATE POLICY whose_turn ON fusion.audit_waiting FOR SELECT TO %s USING (true)', v_owner);
    EXECUTE format('GRANT USAGE ON SCHEMA %s TO %I', v_schema, role);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %s TO %I', v_schema, role);
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON fusion.migrations FROM %I', role);
    EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %s TO %I', v_schema, role);
    EXECUTE format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA %s TO %I', v_schema, role);
END $$;

-- What lets whoever asks past row security, with its mend; NULL: nothing. The catalogue is looked at, and then tried: rows
-- of one tenant that no program can name are put in, another one looks for them, and all of it is undone.
CREATE FUNCTION fusion.row_security_gap() RETURNS text LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
AS $$
DECLARE
    v_policy CONSTANT text := '(tenant = fusion.tenant())';
    v_theirs CONSTANT text := E'\x01theirs';
    -- Who has connected may become whoever it may act as, and itself again.
    v_users CONSTANT name[] := ARRAY[current_user, session_user];
    v_class pg_class; v_role pg_roles; v_user name; v_table text; v_why text; v_put text; v_is_seen boolean;
BEGIN
    FOREACH v_user IN ARRAY v_users LOOP
        SELECT r.* INTO v_role FROM pg_roles r WHERE (r.rolsuper OR r.rolbypassrls)
            AND pg_has_role(v_user, r.oid, 'MEMBER') ORDER BY r.rolname <> v_user, r.rolname LIMIT 1;
        IF FOUND THEN
            RETURN format('can''t keep tenants apart for the user %I, who %s %s; connect as another', v_user,
                CASE WHEN v_role.rolname = v_user THEN 'is' ELSE format('may act as %I,', v_role.rolname) END,
                CASE WHEN v_role.rolsuper THEN 'a superuser' ELSE 'let past every policy (BYPASSRLS)' END);
        END IF;
    END LOOP;
    FOREACH v_table IN ARRAY fusion.walled() LOOP
        SELECT c.* INTO v_class FROM pg_class c WHERE c.oid = format('fusion.%I', v_table)::regclass;
        FOREACH v_user IN ARRAY v_users LOOP
            IF pg_has_role(v_user, v_class.relowner, 'MEMBER') THEN
                RETURN format('can''t keep tenants apart for the user %I, who owns the table %s or may act as its owner; '
                    'connect as another', v_user, v_table);
            END IF;
        END LOOP;
        v_why := CASE
            WHEN NOT v_class.relrowsecurity THEN 'has no row security'
            WHEN NOT v_class.relforcerowsecurity THEN 'has row security that isn''t forced'
            WHEN NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = v_class.oid AND p.polname = 'of_tenant'
                AND p.polpermissive AND p.polcmd = '*' AND p.polroles = '{0}'
                AND pg_get_expr(p.polqual, p.polrelid) = v_policy
                AND pg_get_expr(p.polwithcheck, p.polrelid) = v_policy) THEN 'lacks its policy of_tenant, or has another'
            WHEN EXISTS (SELECT FROM pg_policy p CROSS JOIN LATERAL unnest(p.polroles) AS r (oid)
                WHERE p.polrelid = v_class.oid AND p.polname <> 'of_tenant' AND p.polpermissive
                AND (r.oid = 0 OR pg_has_role(current_user, r.oid, 'MEMBER') OR pg_has_role(session_user, r.oid, 'MEMBER'))
                ) THEN 'has a policy that lets more through'
            WHEN v_table = 'audit_waiting' AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = v_class.oid
                AND p.polname = 'whose_turn' AND p.polpermissive AND p.polcmd = 'r' AND p.polroles = ARRAY[v_class.relowner]
                AND pg_get_expr(p.polqual, p.polrelid) = 'true') THEN 'lacks its policy whose_turn, or has another'
        END;
        IF v_why IS NULL THEN
            SELECT format('INSERT INTO fusion.%I (%s) VALUES (%s)', v_table, string_agg(quote_ident(a.attname), ', '),
                string_agg(CASE WHEN a.attname = 'tenant' THEN '$1'
                    WHEN a.atttypid = 'uuid'::regtype THEN '''00000000-0000-0000-0000-000000000000'''
                    WHEN a.atttypid IN ('text'::regtype, 'bytea'::regtype) THEN '''''' ELSE '0' END, ', '))
            INTO v_put FROM pg_attribute a
            WHERE a.attrelid = v_class.oid AND a.attnum > 0 AND a.attnotnull AND a.attidentity = '' AND NOT a.attisdropped;
            BEGIN
                PERFORM set_config('fusion.tenant', v_theirs, true);
                EXECUTE v_put USING v_theirs;
                PERFORM set_config('fusion.tenant', E'\x01ours', true);
                EXECUTE format('SELECT EXISTS (SELECT FROM fusion.%I)', v_table) INTO v_is_seen;
                RAISE EXCEPTION USING ERRCODE = 'FU009';
            EXCEPTION WHEN SQLSTATE 'FU009' THEN
                NULL;
            END;
            v_why := CASE WHEN v_is_seen THEN 'shows a tenant what is another''s' END;
        END IF;
        IF v_why IS NOT NULL THEN
            RETURN format('doesn''t keep tenants apart: its table %s %s; say SELECT fusion.enable_row_security(%L) as its '
                'owner, after dropping what isn''t ours', v_table, v_why, current_user);
        END IF;
    END LOOP;
    -- As anybody else it would find nobody, and entries would wait for ever.
    SELECT format('never chains audit entries by itself: its function whose_turn() doesn''t run as the owner of the tables; '
            'say ALTER FUNCTION %1$s SECURITY DEFINER and ALTER FUNCTION %1$s OWNER TO %2$s', p.oid::regprocedure,
            c.relowner::regrole)
        INTO v_why FROM pg_proc p JOIN pg_class c ON c.oid = 'fusion.audit_waiting'::regclass
        WHERE p.oid = 'fusion.whose_turn()'::regprocedure AND NOT (p.prosecdef AND p.proowner = c.relowner);
    RETURN v_why;
END $$;
