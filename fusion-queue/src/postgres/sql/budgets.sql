-- The arithmetic of `BucketLevel`, in nanoseconds: how long so much takes to flow in.
CREATE FUNCTION fusion.time_for(amount bigint, per bigint, refill bigint) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT least(div(per::numeric * amount, refill), 9223372036854775807)
$$;

-- Forgets bookings whose calls were dropped: each would count as pending in every later statement.
CREATE FUNCTION fusion.forget_dropped(before bigint) RETURNS void LANGUAGE sql VOLATILE AS $$
    DELETE FROM fusion.bookings WHERE (ticket, bucket) IN (
        SELECT b.ticket, b.bucket FROM fusion.bookings b WHERE b.booked_at < before ORDER BY b.booked_at LIMIT 100
        FOR UPDATE SKIP LOCKED)
$$;

-- A booking needn't outlast a loss of power: what is forgotten with it flows in again, and the platform says what it has.
-- With it on the disk every call of a bucket would wait for the one before to be written. For the rest of the transaction.
CREATE FUNCTION fusion.need_no_disk() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
END $$;

-- Books all draws or none; no ticket: it would take longer than `p_patience`.
CREATE FUNCTION fusion.reserve(given bigint, p_bucket text[], p_capacity bigint[], p_refill bigint[], p_per bigint[],
    p_amount bigint[], p_patience bigint, p_longest_call bigint, OUT ticket bigint, OUT ready_in bigint)
LANGUAGE plpgsql VOLATILE
SET lock_timeout = '5s' SET jit = off SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE v_now bigint; v_bucket text[]; v_missing bigint[]; v_drawn bigint[];
BEGIN
    PERFORM fusion.need_no_disk();
    INSERT INTO fusion.budgets (bucket, capacity, refill, per, missing, at)
        SELECT DISTINCT ON (d.bucket) d.bucket, d.capacity, d.refill, d.per, 0, 0
        FROM unnest(p_bucket, p_capacity, p_refill, p_per) WITH ORDINALITY AS d (bucket, capacity, refill, per, nth)
        WHERE NOT EXISTS (SELECT FROM fusion.budgets b WHERE b.bucket = d.bucket)
        ORDER BY d.bucket, d.nth
    ON CONFLICT DO NOTHING;
    PERFORM FROM fusion.budgets b WHERE b.bucket = ANY (p_bucket) ORDER BY b.bucket FOR UPDATE;
    v_now := fusion.now(given) * 1000;
    -- A clock that was set back has let no time pass.
    WITH level AS (
        SELECT b.bucket, sum(least(d.amount, b.capacity)) AS drawn,
            greatest(least(b.at, v_now)::numeric + b.missing - v_now, 0)
                + sum(fusion.time_for(least(d.amount, b.capacity), b.per, b.refill)) AS missing,
            fusion.time_for(b.capacity, b.per, b.refill) AS whole
        FROM unnest(p_bucket, p_amount) AS d (bucket, amount) JOIN fusion.budgets b ON b.bucket = d.bucket
        GROUP BY b.bucket)
    SELECT coalesce(max(greatest(least(l.missing - l.whole, 9223372036854775807), 0)), 0), array_agg(l.bucket),
        array_agg(least(l.missing, 9223372036854775807)::bigint), array_agg(l.drawn)
    INTO ready_in, v_bucket, v_missing, v_drawn FROM level l;
    IF ready_in > p_patience THEN
        RETURN;
    END IF;
    ticket := nextval('fusion.tickets');
    PERFORM fusion.forget_dropped(v_now - p_longest_call);
    UPDATE fusion.budgets b SET missing = l.missing, at = v_now
        FROM unnest(v_bucket, v_missing) AS l (bucket, missing) WHERE b.bucket = l.bucket;
    INSERT INTO fusion.bookings (ticket, bucket, amount, booked_at)
        SELECT ticket, l.bucket, l.drawn, v_now FROM unnest(v_bucket, v_drawn) AS l (bucket, drawn);
END $$;

-- Brings buckets in line with what a platform said.
CREATE FUNCTION fusion.correct(given bigint, p_ticket bigint, p_bucket text[], p_actual bigint[], p_available bigint[],
    p_capacity bigint[], p_refill bigint[], p_age bigint[], p_longest_call bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET lock_timeout = '5s' SET jit = off SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    v_now bigint; v_mine text[]; v_amount bigint[]; v_level fusion.budgets; v_missing numeric; v_pending numeric;
    v_drawn bigint;
BEGIN
    PERFORM fusion.need_no_disk();
    PERFORM FROM fusion.budgets b WHERE b.bucket = ANY (p_bucket) ORDER BY b.bucket FOR UPDATE;
    v_now := fusion.now(given) * 1000;
    PERFORM fusion.forget_dropped(v_now - p_longest_call);
    WITH mine AS (DELETE FROM fusion.bookings b WHERE b.ticket = p_ticket RETURNING b.bucket, b.amount)
    SELECT array_agg(m.bucket), array_agg(m.amount) INTO v_mine, v_amount FROM mine m;
    FOR i IN 1..cardinality(p_bucket) LOOP
        SELECT * INTO v_level FROM fusion.budgets b WHERE b.bucket = p_bucket[i];
        CONTINUE WHEN NOT FOUND;
        v_level.capacity := greatest(coalesce(p_capacity[i], v_level.capacity), 1);
        v_level.refill := greatest(coalesce(p_refill[i], v_level.refill), 1);
        v_drawn := v_amount[array_position(v_mine, p_bucket[i])];
        v_missing := least(v_level.at, v_now)::numeric + v_level.missing - v_now;
        IF p_available[i] IS NOT NULL THEN
            -- Calls that were booked and haven't been answered yet are not in the platform's statement.
            SELECT coalesce(sum(b.amount), 0) INTO v_pending FROM fusion.bookings b WHERE b.bucket = p_bucket[i];
            v_missing := fusion.time_for(
                least(v_level.capacity - least(p_available[i], v_level.capacity) + v_pending, 4294967295)::bigint,
                v_level.per, v_level.refill) - p_age[i];
            v_missing := greatest(v_missing, 0);
        ELSIF p_actual[i] IS NOT NULL AND v_drawn IS NOT NULL THEN
            v_missing := v_missing + fusion.time_for(greatest(p_actual[i] - v_drawn, 0), v_level.per, v_level.refill)
                - fusion.time_for(greatest(v_drawn - p_actual[i], 0), v_level.per, v_level.refill);
        END IF;
        UPDATE fusion.budgets b SET capacity = v_level.capacity, refill = v_level.refill,
            missing = greatest(least(v_missing, 9223372036854775807), -v_now), at = v_now
        WHERE b.bucket = p_bucket[i];
    END LOOP;
END $$;
