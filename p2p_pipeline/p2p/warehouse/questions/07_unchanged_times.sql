-- How long do offers of a market stay as they are?
--
-- Of the versions that ended in the time: the share of those that had lasted at most so long.
--
-- Parameters:
--   venue text = 'binance': whose markets
--   fiat text = 'RUB': the fiat currency
--   asset text = 'USDT': the crypto asset
--   side text = 'BUY': what the taker does, BUY or SELL
--   days integer = 30: how far back; days that are over
--   until timestamptz = NULL: the end of the time looked at; empty for the newest batch
--
-- Relies on:
--   market_change_days: market_change_days_pkey
WITH buckets AS (
    SELECT bucket, sum(changed.unchanged_minutes[bucket]) AS versions
    FROM market_change_days AS changed
    CROSS JOIN generate_series(1, 10) AS bucket
    WHERE
        changed.fiat_id = (SELECT fiat_id FROM dim_fiat_currencies WHERE currency_code = %(fiat)s)
        AND changed.crypto_id = (SELECT crypto_id FROM dim_cryptocurrencies WHERE symbol = %(asset)s AND venue = %(venue)s)
        AND changed.trade_type = %(side)s::trade_type
        AND changed.day > coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs)) - %(days)s * interval '1 day' - interval '1 day'
        AND changed.day <= coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs))
    GROUP BY bucket
)
SELECT
    (ARRAY[10, 20, 30, 60, 120, 240, 480, 1440, 2880])[bucket] AS up_to_minutes,
    versions,
    (sum(versions) OVER (ORDER BY bucket) / nullif(sum(versions) OVER (), 0))::double precision AS share_up_to
FROM buckets
ORDER BY bucket;
