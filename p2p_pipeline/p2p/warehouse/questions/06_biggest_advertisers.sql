-- Who are the biggest advertisers of a fiat by volume, what is their share, and how concentrated is the market?
--
-- `hhi` is the Herfindahl index of all of them: 1 for one advertiser, near 0 for many small ones.
--
-- Parameters:
--   venue text = 'binance': the venue
--   fiat text = 'RUB': the fiat currency
--   side text = 'BUY': what the taker does, BUY or SELL
--   advertisers integer = 20: how many to show
--
-- Relies on:
--   offer_versions: offer_versions_market, at most 1 partition
--   fact_market_depth: fact_market_depth_pkey, at most 3 partitions
WITH volumes AS (
    -- By the account: an advertiser who took a new name is one, though offers not read since are under the old.
    SELECT
        advertiser.advertiser_id,
        count(*) AS offers,
        sum(version.available_amount * version.price) AS volume
    FROM current_offers AS version
    JOIN dim_advertisers AS advertiser ON advertiser.advertiser_sk = version.advertiser_sk
    WHERE version.fiat_id = (SELECT fiat_id FROM dim_fiat_currencies WHERE currency_code = %(fiat)s)
        AND version.trade_type = %(side)s::trade_type
        AND advertiser.venue = %(venue)s
    GROUP BY advertiser.advertiser_id
), shares AS (
    SELECT *, (volume / nullif(sum(volume) OVER (), 0))::double precision AS share FROM volumes
), biggest AS (
    SELECT *, sum(share * share) OVER () AS hhi
    FROM shares
    ORDER BY volume DESC, advertiser_id
    LIMIT %(advertisers)s
)
SELECT
    biggest.advertiser_id,
    newest.nickname,
    newest.is_merchant,
    biggest.offers,
    biggest.volume,
    biggest.share,
    biggest.hhi
FROM biggest
JOIN dim_advertisers AS newest
    ON newest.advertiser_id = biggest.advertiser_id
    AND newest.venue = %(venue)s
    AND newest.expiration_date = '9999-12-31Z'
ORDER BY biggest.volume DESC, biggest.advertiser_id;
