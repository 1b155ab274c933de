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

-- What leads any of `p_users` past policies that are as they should be, with its mend; NULL: nothing.
CREATE FUNCTION fusion.detour(p_users name[]) RETURNS text LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE v_tables oid[]; v_why text;
BEGIN
    SELECT array_agg(format('fusion.%I', w.name)::regclass::oid) INTO v_tables FROM unnest(fusion.walled()) AS w (name);
    -- A session that begins with a tenant never says none.
    SELECT format('doesn''t keep tenants apart: its sessions begin with a tenant; say ALTER %s RESET %s', CASE
            WHEN s.setrole = 0 AND s.setdatabase = 0 THEN 'ROLE ALL'
            WHEN s.setrole = 0 THEN format('DATABASE %I', d.datname)
            WHEN s.setdatabase = 0 THEN format('ROLE %s', s.setrole::regrole)
            ELSE format('ROLE %s IN DATABASE %I', s.setrole::regrole, d.datname) END, 'fusion.tenant')
        INTO v_why
        FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase
        WHERE (s.setdatabase = 0 OR d.datname = current_database())
            AND (s.setrole = 0 OR s.setrole::regrole::text = ANY (SELECT quote_ident(u.name) FROM unnest(p_users) AS u (name)))
            AND EXISTS (SELECT FROM unnest(s.setconfig) AS c (said) WHERE starts_with(lower(c.said), 'fusion.tenant='))
        ORDER BY s.setrole, s.setdatabase LIMIT 1;
    IF v_why IS NULL AND current_setting('fusion.tenant', true) <> '' THEN
        v_why := format('doesn''t keep tenants apart: its sessions begin with a tenant; take %s out of the options of the '
            'connection and out of the server''s configuration', 'fusion.tenant');
    END IF;
    IF v_why IS NOT NULL THEN
        RETURN v_why;
    END IF;
    -- Neither these rights nor what is done by them asks a policy.
    SELECT format('doesn''t keep tenants apart: the right to %1$s its table %2$s asks no policy; say REVOKE %1$s ON %3$s FROM '
            '%4$s as its owner', a.privilege_type, c.relname, c.oid::regclass,
            CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END)
        INTO v_why
        FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a CROSS JOIN unnest(p_users) AS u (name)
        WHERE c.oid = ANY (v_tables) AND a.privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER')
            AND (a.grantee = 0 OR pg_has_role(u.name, a.grantee, 'MEMBER'))
        ORDER BY c.relname, a.privilege_type, a.grantee LIMIT 1;
    IF v_why IS NOT NULL THEN
        RETURN v_why;
    END IF;
    -- Rows are asked for by the policies of the table that a statement names, and their own have no say.
    SELECT format('doesn''t keep tenants apart: its table %s %s; say ALTER TABLE %s NO INHERIT %s',
            CASE WHEN i.inhrelid = ANY (v_tables) THEN c.relname ELSE p.relname END,
            CASE WHEN i.inhrelid = ANY (v_tables) THEN format('inherits from %s, whose policies hold for its rows', p.oid::regclass)
                ELSE format('is inherited by %s, which has policies of its own', c.oid::regclass) END,
            c.oid::regclass, p.oid::regclass)
        INTO v_why
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
        WHERE i.inhrelid = ANY (v_tables) OR i.inhparent = ANY (v_tables)
        ORDER BY p.relname, c.relname LIMIT 1;
    IF v_why IS NOT NULL THEN
        RETURN v_why;
    END IF;
    -- Views of views as well: whoever reads one reads as its owner whatever lies below.
    WITH RECURSIVE seen (oid, shows) AS (
        SELECT t.oid, t.oid FROM unnest(v_tables) AS t (oid)
        UNION
        SELECT r.ev_class, s.shows FROM seen s
        JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = s.oid AND d.classid = 'pg_rewrite'::regclass
        JOIN pg_rewrite r ON r.oid = d.objid
    )
    SELECT format('doesn''t keep tenants apart: the view %1$s shows its table %2$s to the user %3$I as %4$s; say ', v.oid::regclass,
            t.relname, u.name, v.relowner::regrole)
        || CASE WHEN v.relkind = 'm' THEN format('DROP MATERIALIZED VIEW %s', v.oid::regclass)
            ELSE format('ALTER VIEW %s SET (security_invoker = true)', v.oid::regclass) END
        INTO v_why
        FROM seen s JOIN pg_class v ON v.oid = s.oid JOIN pg_class t ON t.oid = s.shows JOIN pg_roles o ON o.oid = v.relowner
        CROSS JOIN unnest(p_users) AS u (name)
        WHERE v.relkind IN ('v', 'm') AND (o.rolbypassrls OR pg_has_role(v.relowner, t.relowner, 'MEMBER'))
            AND NOT EXISTS (SELECT FROM pg_options_to_table(v.reloptions) p
                WHERE p.option_name = 'security_invoker' AND p.option_value::boolean)
            AND (has_any_column_privilege(u.name, v.oid, 'SELECT, INSERT, UPDATE')
                OR has_table_privilege(u.name, v.oid, 'DELETE'))
        ORDER BY v.relname, t.relname LIMIT 1;
    RETURN v_why;
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
    v_why := fusion.detour(v_users);
    IF v_why IS NOT NULL THEN
        RETURN v_why;
    END IF;
    -- As anybody else it would find nobody, and entries would wait for ever.
    SELECT format('never chains audit entries by itself: its function whose_turn() doesn''t run as the owner of the tables; '
            'say ALTER FUNCTION %1$s SECURITY DEFINER and ALTER FUNCTION %1$s OWNER TO %2$s', p.oid::regprocedure,
            c.relowner::regrole)
        INTO v_why FROM pg_proc p JOIN pg_class c ON c.oid = 'fusion.audit_waiting'::regclass
        WHERE p.oid = 'fusion.whose_turn()'::regprocedure AND NOT (p.prosecdef AND p.proowner = c.relowner);
    RETURN v_why;
END $$;
