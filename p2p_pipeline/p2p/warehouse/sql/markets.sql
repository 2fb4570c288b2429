-- All markets of all venues that are swept, in figures. What "now" means is current_readings' word (24 hours).

-- :version
-- Changes with each load, and with each view that is made anew after it.
SELECT
    (SELECT max(loaded_at) FROM ops_batch_runs),
    (SELECT max(batch_id) FROM market_best),
    (SELECT max(extraction_timestamp) FROM fiat_premium),
    (SELECT max(hour) FROM market_depth_hours_made WHERE is_in_views),
    (SELECT max(rate_date) FROM reference_rates);

-- :sides
-- By the account: an advertiser who took a new name is one, though offers not read since are under the old.
WITH open AS MATERIALIZED (
    SELECT
        offer.fiat_id,
        offer.crypto_id,
        offer.trade_type,
        offer.price,
        offer.available_amount,
        offer.max_limit > 0 AND offer.max_limit >= offer.min_limit AS is_fillable,
        advertiser.advertiser_id AS advertiser
    FROM current_offers AS offer
    JOIN dim_advertisers AS advertiser USING (advertiser_sk)
), sides AS (
    SELECT
        open.fiat_id,
        open.crypto_id,
        open.trade_type,
        count(DISTINCT open.advertiser) AS advertisers,
        coalesce(sum(open.available_amount) FILTER (
            WHERE open.is_fillable AND abs(open.price - best.best_price) * 100 <= best.best_price
        ), 0) AS near_asset
    FROM open
    JOIN market_best AS best USING (fiat_id, crypto_id, trade_type)
    GROUP BY open.fiat_id, open.crypto_id, open.trade_type
), markets AS (
    SELECT fiat_id, crypto_id, count(DISTINCT advertiser) AS advertisers FROM open GROUP BY fiat_id, crypto_id
)
SELECT
    best.venue,
    best.symbol,
    best.currency_code,
    best.trade_type::text,
    best.total_offers_count,
    coalesce(sides.advertisers, 0),
    best.best_price,
    coalesce(sides.near_asset, 0),
    best.total_available_volume,
    best.extraction_timestamp,
    best.is_complete,
    coalesce(markets.advertisers, 0)
FROM market_best AS best
LEFT JOIN sides USING (fiat_id, crypto_id, trade_type)
LEFT JOIN markets USING (fiat_id, crypto_id)
ORDER BY best.venue, best.symbol, best.currency_code, best.trade_type;

-- :premiums
SELECT venue, currency_code, premium, p2p_units_per_usdt, reference_units_per_usd, reference, reference_date
FROM fiat_premium
WHERE premium IS NOT NULL;

-- :prices
-- An hour each: what both sides cost in the middle and at best, and what the reference was then (fiat_premium's rule).
WITH rates AS (
    SELECT hour, fiat_id, crypto_id, avg(avg_median_price) AS rate
    FROM market_depth_hourly
    WHERE hour > %(since)s AND avg_median_price IS NOT NULL
        AND crypto_id = (SELECT crypto_id FROM dim_cryptocurrencies WHERE symbol = %(implied_by)s AND venue = %(venue)s)
        AND fiat_id IN (SELECT fiat_id FROM dim_fiat_currencies WHERE currency_code IN (%(fiat)s, 'USD'))
    GROUP BY hour, fiat_id, crypto_id
    HAVING count(*) = 2
), implied AS (
    SELECT here.hour, here.rate / dollars.rate AS units_per_usd
    FROM rates AS here
    JOIN rates AS dollars USING (hour)
    WHERE here.fiat_id = (SELECT fiat_id FROM dim_fiat_currencies WHERE currency_code = %(fiat)s)
        AND dollars.fiat_id = (SELECT fiat_id FROM dim_fiat_currencies WHERE currency_code = 'USD')
), own AS (
    SELECT
        hour,
        max(avg_best_price) FILTER (WHERE trade_type = 'BUY') AS buy_price,
        max(avg_best_price) FILTER (WHERE trade_type = 'SELL') AS sell_price,
        CASE WHEN count(avg_median_price) = 2 THEN avg(avg_median_price) END AS rate
    FROM market_depth_hourly
    WHERE hour > %(since)s
        AND crypto_id = (SELECT crypto_id FROM dim_cryptocurrencies WHERE symbol = %(asset)s AND venue = %(venue)s)
        AND fiat_id = (SELECT fiat_id FROM dim_fiat_currencies WHERE currency_code = %(fiat)s)
    GROUP BY hour
)
SELECT
    own.hour,
    own.buy_price,
    own.sell_price,
    own.rate / coalesce(stated.units_per_usd::double precision, implied.units_per_usd) - 1 AS premium
FROM own
LEFT JOIN implied USING (hour)
LEFT JOIN LATERAL (
    SELECT units_per_usd FROM reference_rates
    WHERE currency_code = %(fiat)s AND source = %(source)s AND rate_date <= own.hour::date
    ORDER BY rate_date DESC
    LIMIT 1
) AS stated ON true
ORDER BY own.hour;

-- :batches
-- The newest first; a batch's id grows with its start.
SELECT
    batch_id,
    venue,
    status,
    source,
    batch_start_time AS started_at,
    batch_end_time AS ended_at,
    loaded_at,
    worker,
    workers,
    total_fiats_processed AS fiats,
    markets,
    markets_complete,
    total_offers_extracted AS offers,
    total_offers_inserted AS offers_new,
    total_offers_updated AS offers_changed,
    total_offers_closed AS offers_closed,
    quarantined,
    requests,
    failed_requests,
    total_errors AS errors,
    seconds,
    load_seconds
FROM ops_batch_runs
WHERE (%(before)s::bigint IS NULL OR batch_id < %(before)s)
    AND (%(venue)s::text IS NULL OR venue = %(venue)s)
    AND (%(status)s::text IS NULL OR status = %(status)s)
ORDER BY batch_id DESC
LIMIT %(limit)s;
