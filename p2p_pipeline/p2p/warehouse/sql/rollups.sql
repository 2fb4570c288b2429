-- Hours and days that are over: which are due, and how one is made.
--
-- One is due when the ledger's batches in it are not those it was made of. Those that the ledger knows nothing of any
-- more (their batches were dropped when their time was over) stay as they are.

-- :due_hours
WITH ledger AS (
    SELECT date_trunc('hour', batch_start_time, 'UTC') AS hour, count(*) AS batches, max(loaded_at) AS newest_load
    FROM ops_batch_runs
    GROUP BY 1
), span AS (
    SELECT min(hour) AS first, max(hour) AS running FROM ledger
)
SELECT coalesce(ledger.hour, made.hour) AS hour
FROM ledger
FULL JOIN market_depth_hours_made AS made ON made.hour = ledger.hour
CROSS JOIN span
WHERE coalesce(ledger.hour, made.hour) >= span.first
    AND coalesce(ledger.hour, made.hour) < span.running
    AND (made.batches, made.newest_load) IS DISTINCT FROM (ledger.batches, ledger.newest_load)
ORDER BY hour;

-- :forget_hour
DELETE FROM market_depth_hours WHERE hour = %(hour)s;

-- :make_hour
INSERT INTO market_depth_hours (
    hour, avg_volume, avg_weighted_price, avg_best_price, avg_median_price, avg_offers, trade_type, crypto_id, fiat_id,
    batches, complete_batches, min_price, max_price, best_price
)
SELECT
    %(hour)s,
    avg(total_available_volume)::double precision,
    avg(weighted_avg_price)::double precision,
    avg(best_price)::double precision,
    avg(median_price)::double precision,
    avg(total_offers_count)::real,
    trade_type,
    crypto_id,
    fiat_id,
    count(*),
    count(*) FILTER (WHERE is_complete),
    min(min_price),
    max(max_price),
    CASE trade_type WHEN 'BUY' THEN min(best_price) ELSE max(best_price) END
FROM fact_market_depth
WHERE batch_id >= (extract(epoch FROM %(hour)s::timestamptz) * 1000)::bigint
    AND batch_id < (extract(epoch FROM %(hour)s::timestamptz) * 1000)::bigint + 3600000
    -- A sweep has a budget of minutes; a day only says which partitions to look into.
    AND extraction_timestamp >= %(hour)s::timestamptz
    AND extraction_timestamp < %(hour)s::timestamptz + interval '1 day'
GROUP BY fiat_id, crypto_id, trade_type;

-- :mark_hour
INSERT INTO market_depth_hours_made (hour, batches, newest_load)
SELECT %(hour)s, count(*), coalesce(max(loaded_at), '-infinity')
FROM ops_batch_runs
WHERE batch_start_time >= %(hour)s AND batch_start_time < %(hour)s::timestamptz + interval '1 hour'
ON CONFLICT (hour) DO UPDATE SET batches = EXCLUDED.batches, newest_load = EXCLUDED.newest_load, is_in_views = false;

-- :are_hourly_views_due
-- Before the first hour is over they are made after each batch: there is little to make them of.
SELECT NOT EXISTS (SELECT FROM market_depth_hours_made)
    OR EXISTS (SELECT FROM market_depth_hours_made WHERE NOT is_in_views);

-- :mark_hourly_views
UPDATE market_depth_hours_made SET is_in_views = true WHERE NOT is_in_views;

-- :due_days
-- A late batch also changes versions that end on the next day, so a day is due again with the one before it.
WITH hours AS (
    SELECT date_trunc('day', hour, 'UTC') AS day, sum(batches) AS batches, max(newest_load) AS newest_load
    FROM market_depth_hours_made
    GROUP BY 1
), days AS (
    SELECT own.day, own.batches, greatest(own.newest_load, before.newest_load) AS newest_load
    FROM hours AS own
    LEFT JOIN hours AS before ON before.day = own.day - interval '1 day'
), span AS (
    SELECT date_trunc('day', min(batch_start_time), 'UTC') AS first,
        date_trunc('day', max(batch_start_time), 'UTC') AS running
    FROM ops_batch_runs
)
SELECT days.day
FROM days
LEFT JOIN market_depth_days_made AS made ON made.day = days.day
CROSS JOIN span
WHERE days.day >= span.first
    AND days.day < span.running
    AND (made.batches, made.newest_load) IS DISTINCT FROM (days.batches, days.newest_load)
ORDER BY days.day;

-- :forget_day
DELETE FROM market_depth_days WHERE day = %(day)s;

-- :forget_changes
DELETE FROM market_change_days WHERE day = %(day)s;

-- :forget_advertisers
DELETE FROM advertiser_days WHERE day = %(day)s;

-- :forget_old_advertisers
-- Nearly all of what the days take up, and asked for the last weeks only.
DELETE FROM advertiser_days WHERE day < %(day)s::timestamptz - interval '60 days';

-- :make_day
INSERT INTO market_depth_days (
    day, avg_volume, avg_weighted_price, avg_best_price, avg_median_price, hourly_variance, avg_offers, trade_type,
    crypto_id, fiat_id, batches, complete_batches, hours, min_price, max_price, best_price
)
WITH hours AS (
    SELECT
        *,
        ln(avg_median_price / lag(avg_median_price) OVER (
            PARTITION BY fiat_id, crypto_id, trade_type ORDER BY hour
        )) AS hourly_return
    FROM market_depth_hours
    WHERE hour >= %(day)s AND hour < %(day)s::timestamptz + interval '1 day'
)
SELECT
    %(day)s,
    sum(avg_volume * batches) / sum(batches),
    sum(avg_weighted_price * batches) / nullif(sum(batches) FILTER (WHERE avg_weighted_price IS NOT NULL), 0),
    sum(avg_best_price * batches) / nullif(sum(batches) FILTER (WHERE avg_best_price IS NOT NULL), 0),
    sum(avg_median_price * batches) / nullif(sum(batches) FILTER (WHERE avg_median_price IS NOT NULL), 0),
    var_pop(hourly_return),
    sum(avg_offers * batches) / sum(batches),
    trade_type,
    crypto_id,
    fiat_id,
    sum(batches),
    sum(complete_batches),
    count(*),
    min(min_price),
    max(max_price),
    CASE trade_type WHEN 'BUY' THEN min(best_price) ELSE max(best_price) END
FROM hours
GROUP BY fiat_id, crypto_id, trade_type;

-- :make_changes
-- What a venue's first batch of a fiat finds was there before: on its first day, when that batch began. No two batches
-- begin in the same millisecond, so the moment says whose it was.
WITH first_batch AS MATERIALIZED (
    SELECT depth.fiat_id, to_timestamp(min(depth.batch_id) / 1000.0) AS start
    FROM fact_market_depth AS depth
    JOIN dim_cryptocurrencies AS crypto ON crypto.crypto_id = depth.crypto_id
    WHERE depth.extraction_timestamp >= %(day)s
        AND depth.extraction_timestamp < %(day)s::timestamptz + interval '2 days'
        AND depth.batch_id >= (extract(epoch FROM %(day)s::timestamptz) * 1000)::bigint
        AND (depth.fiat_id, crypto.venue) NOT IN (
            SELECT known.fiat_id, crypto.venue
            FROM (SELECT DISTINCT fiat_id, crypto_id FROM market_depth_days WHERE day < %(day)s) AS known
            JOIN dim_cryptocurrencies AS crypto ON crypto.crypto_id = known.crypto_id
        )
    GROUP BY depth.fiat_id, crypto.venue
), held AS MATERIALIZED (
    SELECT
        fiat_id,
        crypto_id,
        trade_type,
        advertiser_sk,
        offer_id,
        valid_to,
        valid_from >= %(day)s AND valid_from < %(day)s::timestamptz + interval '1 day' AS begins,
        valid_to < %(day)s::timestamptz + interval '1 day' AS ends,
        lag(valid_to) OVER versions IS NOT DISTINCT FROM valid_from AS follows,
        lead(valid_from) OVER versions IS NOT DISTINCT FROM valid_to AS is_followed,
        lag(price) OVER versions IS DISTINCT FROM price AS has_new_price,
        (fiat_id, valid_from) IN (SELECT fiat_id, start FROM first_batch) AS is_first,
        unchanged_bucket(valid_from, valid_to) AS bucket
    FROM offer_versions
    WHERE valid_to >= %(day)s
        AND valid_from < %(day)s::timestamptz + interval '1 day'
        -- What was open of a market side that nobody read on the day, nobody saw on it.
        AND (fiat_id, crypto_id, trade_type) IN (
            SELECT fiat_id, crypto_id, trade_type FROM market_depth_days WHERE day = %(day)s
        )
    WINDOW versions AS (PARTITION BY offer_id ORDER BY valid_to)
), by_advertiser AS (
    INSERT INTO advertiser_days (day, seen_until, advertiser_sk, offers, markets, price_changes)
    SELECT
        %(day)s,
        max(least(valid_to, %(day)s::timestamptz + interval '1 day')),
        advertiser_sk,
        count(DISTINCT offer_id),
        count(DISTINCT (fiat_id, crypto_id, trade_type)),
        count(*) FILTER (WHERE begins AND follows AND has_new_price)
    FROM held
    GROUP BY advertiser_sk
)
INSERT INTO market_change_days (
    day, trade_type, crypto_id, fiat_id, offers_appeared, offers_gone, price_changes, other_changes, unchanged_minutes
)
SELECT
    %(day)s,
    trade_type,
    crypto_id,
    fiat_id,
    count(*) FILTER (WHERE begins AND NOT follows AND NOT is_first),
    count(*) FILTER (WHERE ends AND NOT is_followed),
    count(*) FILTER (WHERE begins AND follows AND has_new_price),
    count(*) FILTER (WHERE begins AND follows AND NOT has_new_price),
    ARRAY[
        count(*) FILTER (WHERE ends AND bucket = 1), count(*) FILTER (WHERE ends AND bucket = 2),
        count(*) FILTER (WHERE ends AND bucket = 3), count(*) FILTER (WHERE ends AND bucket = 4),
        count(*) FILTER (WHERE ends AND bucket = 5), count(*) FILTER (WHERE ends AND bucket = 6),
        count(*) FILTER (WHERE ends AND bucket = 7), count(*) FILTER (WHERE ends AND bucket = 8),
        count(*) FILTER (WHERE ends AND bucket = 9), count(*) FILTER (WHERE ends AND bucket = 10)
    ]
FROM held
GROUP BY fiat_id, crypto_id, trade_type;

-- :mark_day
INSERT INTO market_depth_days_made (day, batches, newest_load)
SELECT %(day)s, sum(batches) FILTER (WHERE hour >= %(day)s), max(newest_load)
FROM market_depth_hours_made
WHERE hour >= %(day)s::timestamptz - interval '1 day' AND hour < %(day)s::timestamptz + interval '1 day'
ON CONFLICT (day) DO UPDATE SET batches = EXCLUDED.batches, newest_load = EXCLUDED.newest_load;

-- :refresh
SELECT refresh_market_view(%(view)s);

-- :analyze_hours
ANALYZE market_depth_hours;

-- :analyze_days
ANALYZE market_depth_days, market_change_days, advertiser_days;
