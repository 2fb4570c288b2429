-- In which fiat does a dollar's token cost most over the reference rate?
--
-- `reference` says what it is held against: a source of the table reference_rates, or another asset of the same market.
--
-- Parameters:
--   venue text = 'binance': whose markets
--   minimum_offers integer = 10: of both sides of the USDT market together
--
-- Relies on:
--   fiat_premium: whole
SELECT
    premium.currency_code,
    premium.premium,
    premium.p2p_units_per_usdt,
    premium.reference_units_per_usd,
    premium.reference,
    premium.reference_date
FROM fiat_premium AS premium
WHERE premium.venue = %(venue)s
    AND premium.premium IS NOT NULL
    AND %(minimum_offers)s <= (
        SELECT sum(best.total_offers_count)
        FROM market_best AS best
        WHERE best.fiat_id = premium.fiat_id AND best.venue = premium.venue AND best.symbol = 'USDT'
    )
ORDER BY premium.premium DESC, premium.currency_code;
