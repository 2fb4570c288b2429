-- When did an advertiser change the prices of which offers?
--
-- The newest first.
--
-- Parameters:
--   advertiser_id text = NULL: the venue's number of the account; empty for the one that changes most
--   days integer = 1: how far back
--   changes integer = 200: how many to show
--   until timestamptz = NULL: the end of the time looked at; empty for the newest batch
--
-- Relies on:
--   offer_versions: offer_versions_advertiser, at most 9 partitions
SELECT
    changed_at,
    advertisement.offer_external_id,
    fiat.currency_code,
    crypto.symbol,
    changed.trade_type,
    changed.price_before,
    changed.price,
    (changed.price / changed.price_before - 1)::double precision AS change
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
    WHERE advertiser_sk = ANY (ARRAY(
        SELECT advertiser_sk
        FROM dim_advertisers
        WHERE advertiser_id = coalesce(
            %(advertiser_id)s,
            (SELECT advertiser_id FROM advertiser_activity ORDER BY price_changes_a_day DESC LIMIT 1)
        )
    ))
        AND valid_to > coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs)) - %(days)s * interval '1 day'
        AND valid_from <= coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs))
    WINDOW versions AS (PARTITION BY offer_id ORDER BY valid_from)
) AS changed
JOIN advertisements AS advertisement USING (offer_id)
JOIN dim_fiat_currencies AS fiat ON fiat.fiat_id = changed.fiat_id
JOIN dim_cryptocurrencies AS crypto ON crypto.crypto_id = changed.crypto_id
WHERE changed.ended_before = changed.changed_at AND changed.price <> changed.price_before
ORDER BY changed_at DESC, advertisement.offer_external_id
LIMIT %(changes)s;
