-- When did an advertiser change the prices of which offers?
--
-- The newest first. What was counted a day says how far back one must look to find as many as are to be shown.
--
-- Parameters:
--   venue text = 'binance': the venue
--   advertiser_id text = NULL: the venue's number of the account; empty for the one that changes most
--   days integer = 7: how far back
--   changes integer = 200: how many to show
--   until timestamptz = NULL: the end of the time looked at; empty for the newest batch
--
-- Relies on:
--   offer_versions: offer_versions_advertiser, at most 33 partitions
--   advertiser_days: advertiser_days_pkey
WITH names AS MATERIALIZED (
    SELECT array_agg(advertiser_sk) AS keys
    FROM dim_advertisers
    WHERE venue = %(venue)s AND advertiser_id = coalesce(
        %(advertiser_id)s,
        (
            SELECT advertiser_id
            FROM advertiser_activity
            WHERE venue = %(venue)s
            ORDER BY price_changes_a_day DESC
            LIMIT 1
        )
    )
), span AS MATERIALIZED (
    SELECT until, until - %(days)s * interval '1 day' AS since
    FROM (SELECT coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs)) AS until) AS ends
), enough AS MATERIALIZED (
    SELECT counted.day
    FROM (
        SELECT made.day, sum(days.price_changes) OVER (ORDER BY made.day DESC) AS changes
        FROM market_depth_days_made AS made
        CROSS JOIN LATERAL (
            SELECT sum(one.price_changes) AS price_changes
            FROM advertiser_days AS one
            WHERE one.day = made.day AND one.advertiser_sk = ANY ((SELECT keys FROM names)::integer[])
        ) AS days
        WHERE made.day <= (SELECT until FROM span) - interval '1 day'
    ) AS counted
    WHERE counted.changes >= %(changes)s
    ORDER BY counted.day DESC
    LIMIT 1
)
SELECT
    changed.changed_at,
    advertisement.offer_external_id,
    fiat.currency_code,
    crypto.symbol,
    changed.trade_type,
    changed.price_before,
    changed.price,
    (changed.price / changed.price_before - 1)::double precision AS change
FROM (
    SELECT *
    FROM (
        SELECT
            offer_id,
            fiat_id,
            crypto_id,
            trade_type,
            valid_from AS changed_at,
            lag(valid_to) OVER versions AS ended_before,
            lag(price) OVER versions AS price_before,
            price
        FROM offer_versions
        WHERE advertiser_sk = ANY ((SELECT keys FROM names)::integer[])
            AND valid_to >= greatest((SELECT since FROM span), (SELECT day FROM enough))
            AND valid_from <= (SELECT until FROM span)
        WINDOW versions AS (PARTITION BY offer_id ORDER BY valid_from)
    ) AS versions
    WHERE ended_before = changed_at AND price <> price_before AND changed_at > (SELECT since FROM span)
    ORDER BY changed_at DESC, offer_id
    LIMIT %(changes)s
) AS changed
JOIN advertisements AS advertisement USING (offer_id)
JOIN dim_fiat_currencies AS fiat ON fiat.fiat_id = changed.fiat_id
JOIN dim_cryptocurrencies AS crypto ON crypto.crypto_id = changed.crypto_id
ORDER BY changed.changed_at DESC, offer_id;
