-- Puts one job in, for statements of other drivers, with the transaction that they stand in: 0 new, 1 known, 2 joins
-- the holder of its unique key, 3 follows it. Its lane is made where it isn't there; `lane` makes it before, so that
-- nobody waits for a transaction that has made it.
CREATE FUNCTION fusion.put(id uuid, tenant text, kind text, payload json, store uuid DEFAULT NULL,
    begins_work boolean DEFAULT false, serial text DEFAULT NULL, unique_key bytea DEFAULT NULL,
    due_in interval DEFAULT '0') RETURNS smallint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE v_due bigint := greatest(0, extract(epoch FROM due_in) * 1000000)::bigint; v_body json;
BEGIN
    IF octet_length(unique_key) <> 32 THEN
        RAISE EXCEPTION 'a unique key has 32 bytes' USING ERRCODE = '22023';
    ELSIF kind = '' OR split_part(kind, '.', 1) = 'fusion' AND kind <> 'fusion' OR octet_length(kind) > 2000 OR octet_length(serial) > 2000 THEN
        RAISE EXCEPTION 'a kind has 1 to 2,000 bytes and isn''t the hub''s, a serial key has at most as many'
            USING ERRCODE = '22023';
    ELSIF tenant = '' OR octet_length(tenant) > 128 OR tenant ~ '[[:cntrl:]]' THEN
        RAISE EXCEPTION 'a tenant has 1 to 128 bytes, none of them control characters' USING ERRCODE = '22023';
    ELSIF octet_length(payload::text) > 16777216 THEN
        RAISE EXCEPTION 'a payload has at most 16 MiB' USING ERRCODE = '22023';
    END IF;
    v_body := json_strip_nulls(json_build_object('begins_work', begins_work,
        'due', json_build_object('in', json_build_object('secs', v_due / 1000000, 'nanos', v_due % 1000000 * 1000)),
        'unique', CASE WHEN unique_key IS NOT NULL THEN
            json_build_object('key', encode(unique_key, 'hex'), 'while_running', 'follow_up') END));
    RETURN (fusion.enqueue(NULL, ARRAY[id], ARRAY[tenant],
        ARRAY[fusion.lane(tenant, coalesce(store, '00000000-0000-0000-0000-000000000000'), kind, begins_work)],
        ARRAY[1::smallint], ARRAY[v_due], ARRAY[true], ARRAY[false], ARRAY[false], ARRAY[NULL::uuid],
        ARRAY[convert_to(serial, 'UTF8')], ARRAY[unique_key], ARRAY[false], ARRAY[0::smallint], ARRAY[NULL::text],
        ARRAY[0::smallint], ARRAY[v_body::text], ARRAY[payload::text])).answers[1];
END $$;
