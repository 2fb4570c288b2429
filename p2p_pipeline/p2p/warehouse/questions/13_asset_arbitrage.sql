-- What does it bring to buy one asset with a fiat and sell another for it?
--
-- What the assets are worth against each other is taken from the medians of their markets in another fiat. Fees and the
-- exchange between the two are not in it. The same asset twice is the plain round trip, which needs no such market; of
-- two assets, both sides of both must have a price there.
--
-- Parameters:
--   venue text = 'binance': whose markets
--   fiat text = 'RUB': the fiat currency
--   amount numeric = 5000: how much each of both offers must take, in fiat
--   reference_fiat text = 'USD': where the assets' worth is taken from
--
-- Relies on:
--   offer_versions: offer_versions_market, at most 1 partition
--   fact_market_depth: fact_market_depth_pkey, at most 3 partitions
--   market_best: whole
WITH prices AS (
    SELECT
        version.crypto_id,
        min(version.price) FILTER (WHERE version.trade_type = 'BUY') AS buy_price,
        max(version.price) FILTER (WHERE version.trade_type = 'SELL') AS sell_price
    FROM current_offers AS version
    JOIN dim_cryptocurrencies AS crypto ON crypto.crypto_id = version.crypto_id AND crypto.venue = %(venue)s
    WHERE version.fiat_id = (SELECT fiat_id FROM dim_fiat_currencies WHERE currency_code = %(fiat)s)
        AND %(amount)s::numeric BETWEEN version.min_limit AND version.max_limit
    GROUP BY version.crypto_id
), worth AS (
    SELECT crypto_id, avg(median_price) AS worth
    FROM market_best
    WHERE currency_code = %(reference_fiat)s
    GROUP BY crypto_id
    HAVING count(median_price) = 2
)
SELECT
    bought_asset.symbol AS buy,
    sold_asset.symbol AS sell,
    bought.buy_price,
    sold.sell_price,
    CASE
        WHEN sold.crypto_id = bought.crypto_id THEN sold.sell_price / bought.buy_price - 1
        ELSE (sold.sell_price / sold_worth.worth) / (bought.buy_price / bought_worth.worth) - 1
    END::double precision AS gain
FROM prices AS bought
CROSS JOIN prices AS sold
JOIN dim_cryptocurrencies AS bought_asset ON bought_asset.crypto_id = bought.crypto_id
JOIN dim_cryptocurrencies AS sold_asset ON sold_asset.crypto_id = sold.crypto_id
LEFT JOIN worth AS bought_worth ON bought_worth.crypto_id = bought.crypto_id
LEFT JOIN worth AS sold_worth ON sold_worth.crypto_id = sold.crypto_id
WHERE bought.buy_price IS NOT NULL
    AND sold.sell_price IS NOT NULL
    AND (sold.crypto_id = bought.crypto_id OR (bought_worth.worth > 0 AND sold_worth.worth > 0))
ORDER BY gain DESC, 1, 2;
