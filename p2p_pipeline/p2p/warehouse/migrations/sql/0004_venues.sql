-- Venues told apart. An asset is a venue's own from here on, so the market sides that versions and depth speak of are
-- too, and none of their rows has to be touched: a month has 28 million. Fiats and texts are the same everywhere.

-- Whose rows those are that are there: the ledger knows.
CREATE FUNCTION only_venue() RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    venues text[] := ARRAY(SELECT DISTINCT venue FROM ops_batch_runs ORDER BY venue);
BEGIN
    IF cardinality(venues) > 1 THEN
        RAISE EXCEPTION 'sweeps of % stand in the same rows, where they closed each other''s offers: name an empty database, and p2p warehouse rebuild makes it from the raw store',
            array_to_string(venues, ' and ');
    END IF;
    RETURN coalesce(venues[1], 'binance');
END
$$;

-- With a constant default PostgreSQL adds a column without writing the rows anew. It goes at once: who adds a row says
-- whose it is.
DO $$
DECLARE
    told text;
BEGIN
    FOREACH told IN ARRAY ARRAY[
        'dim_cryptocurrencies', 'dim_payment_methods', 'dim_advertisers', 'payment_method_sets', 'advertisements'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ADD COLUMN venue text NOT NULL DEFAULT %L CHECK (venue <> '''')', told, only_venue());
        EXECUTE format('ALTER TABLE %I ALTER COLUMN venue DROP DEFAULT', told);
    END LOOP;
END
$$;
DROP FUNCTION only_venue;

ALTER TABLE dim_cryptocurrencies
    DROP CONSTRAINT dim_cryptocurrencies_symbol_key,
    DROP CONSTRAINT dim_cryptocurrencies_binance_asset_code_key,
    ADD UNIQUE (symbol, venue),
    ADD UNIQUE (binance_asset_code, venue);

ALTER TABLE dim_payment_methods
    DROP CONSTRAINT dim_payment_methods_method_code_key,
    ADD UNIQUE (method_code, venue);

ALTER TABLE payment_method_sets
    DROP CONSTRAINT payment_method_sets_set_key_key,
    ADD UNIQUE (set_key, venue);

DROP INDEX dim_advertisers_current, dim_advertisers_history;
CREATE UNIQUE INDEX dim_advertisers_current ON dim_advertisers (advertiser_id, venue)
    WHERE expiration_date = '9999-12-31Z';
CREATE INDEX dim_advertisers_history ON dim_advertisers (advertiser_id, venue, effective_date);

ALTER TABLE advertisements
    DROP CONSTRAINT advertisements_offer_external_id_crypto_id_fiat_id_trade_ty_key,
    ADD CONSTRAINT advertisements_key UNIQUE (offer_external_id, venue, crypto_id, fiat_id, trade_type);

-- What is worked out ahead says the venue too --------------------------------------------------------------------------

DROP MATERIALIZED VIEW advertiser_activity, fiat_premium, market_spread, market_best;

CREATE MATERIALIZED VIEW market_best AS
-- Materialized, or the best of all sides are found anew for each fiat: 16 s instead of 0.3 over a month.
WITH newest AS MATERIALIZED (SELECT * FROM current_readings),
best AS MATERIALIZED (
    SELECT DISTINCT ON (fiat_id, crypto_id, trade_type) *
    FROM current_offers
    WHERE max_limit > 0 AND max_limit >= min_limit
    ORDER BY fiat_id, crypto_id, trade_type, CASE trade_type WHEN 'BUY' THEN price ELSE -price END, offer_id
)
SELECT
    newest.fiat_id,
    newest.crypto_id,
    newest.trade_type,
    fiat.currency_code,
    crypto.symbol,
    crypto.venue,
    newest.batch_id,
    newest.extraction_timestamp,
    newest.is_complete,
    newest.total_offers_count,
    newest.total_available_volume,
    newest.weighted_avg_price,
    newest.median_price,
    best.price AS best_price,
    best.offer_id,
    advertisement.offer_external_id,
    best.advertiser_sk,
    best.available_amount,
    best.min_limit,
    best.max_limit
FROM newest
JOIN dim_fiat_currencies AS fiat USING (fiat_id)
JOIN dim_cryptocurrencies AS crypto USING (crypto_id)
LEFT JOIN best USING (fiat_id, crypto_id, trade_type)
LEFT JOIN advertisements AS advertisement ON advertisement.offer_id = best.offer_id;
CREATE UNIQUE INDEX market_best_key ON market_best (fiat_id, crypto_id, trade_type);

CREATE MATERIALIZED VIEW market_spread AS
SELECT
    buy.fiat_id,
    buy.crypto_id,
    buy.currency_code,
    buy.symbol,
    buy.venue,
    least(buy.extraction_timestamp, sell.extraction_timestamp) AS extraction_timestamp,
    buy.best_price AS best_buy_price,
    sell.best_price AS best_sell_price,
    buy.best_price - sell.best_price AS spread,
    (1 - sell.best_price / buy.best_price)::double precision AS spread_share,
    (1 - sell.median_price / buy.median_price)::double precision AS median_spread_share
FROM market_best AS buy
JOIN market_best AS sell USING (fiat_id, crypto_id)
WHERE buy.trade_type = 'BUY' AND sell.trade_type = 'SELL' AND buy.best_price > 0 AND sell.best_price > 0;
CREATE UNIQUE INDEX market_spread_key ON market_spread (fiat_id, crypto_id);

-- Shares were of the middle of both prices here, and of what buying costs everywhere else: two spreads of one name.
CREATE OR REPLACE VIEW market_spread_hourly AS
SELECT
    buy.fiat_id,
    buy.crypto_id,
    buy.hour,
    buy.avg_best_price AS avg_best_buy_price,
    sell.avg_best_price AS avg_best_sell_price,
    buy.avg_best_price - sell.avg_best_price AS spread,
    1 - sell.avg_best_price / buy.avg_best_price AS spread_share,
    1 - sell.avg_median_price / buy.avg_median_price AS median_spread_share
FROM market_depth_hourly AS buy
JOIN market_depth_hourly AS sell USING (fiat_id, crypto_id, hour)
WHERE buy.trade_type = 'BUY' AND sell.trade_type = 'SELL';

-- The rate is the middle between both sides' median prices: teasers and forgotten offers do not move it.
CREATE MATERIALIZED VIEW fiat_premium AS
WITH rates AS (
    SELECT
        fiat_id,
        crypto_id,
        currency_code,
        symbol,
        venue,
        avg(median_price) AS rate,
        sum(total_offers_count) AS offers,
        min(extraction_timestamp) AS extraction_timestamp
    FROM market_best
    WHERE median_price IS NOT NULL
    GROUP BY fiat_id, crypto_id, currency_code, symbol, venue
    HAVING count(*) = 2
),
implied AS (
    SELECT DISTINCT ON (here.venue, here.fiat_id)
        here.venue, here.fiat_id, here.symbol, here.rate / dollars.rate AS units_per_usd
    FROM rates AS here
    JOIN rates AS dollars USING (crypto_id)
    WHERE dollars.currency_code = 'USD' AND here.symbol NOT IN ('USDT', 'USDC', 'FDUSD')
    ORDER BY here.venue, here.fiat_id, here.offers DESC, here.symbol
),
stated AS (
    SELECT DISTINCT ON (currency_code) currency_code, rate_date, units_per_usd, source
    FROM reference_rates
    ORDER BY currency_code, rate_date DESC, source
)
SELECT
    rates.fiat_id,
    rates.currency_code,
    rates.venue,
    rates.extraction_timestamp,
    rates.rate AS p2p_units_per_usdt,
    coalesce(stated.units_per_usd, implied.units_per_usd) AS reference_units_per_usd,
    CASE WHEN stated.source IS NULL THEN 'implied by ' || implied.symbol ELSE stated.source END AS reference,
    stated.rate_date AS reference_date,
    (rates.rate / coalesce(stated.units_per_usd, implied.units_per_usd) - 1)::double precision AS premium
FROM rates
LEFT JOIN stated USING (currency_code)
LEFT JOIN implied USING (venue, fiat_id)
WHERE rates.symbol = 'USDT';
CREATE UNIQUE INDEX fiat_premium_key ON fiat_premium (venue, fiat_id);

CREATE MATERIALIZED VIEW advertiser_activity AS
WITH open AS (
    SELECT
        advertiser_sk,
        count(*) AS offers,
        count(DISTINCT (fiat_id, crypto_id)) AS markets,
        count(DISTINCT fiat_id) AS fiats,
        max(batch_start_time) AS seen_until
    FROM current_offers
    GROUP BY advertiser_sk
),
recent AS (
    SELECT advertiser_sk, sum(price_changes) AS price_changes, max(seen_until) AS seen_until
    FROM advertiser_days
    WHERE day > (SELECT max(day) FROM market_depth_days_made) - interval '7 days'
    GROUP BY advertiser_sk
),
days AS (
    SELECT greatest(count(*), 1) AS days
    FROM market_depth_days_made
    WHERE day > (SELECT max(day) FROM market_depth_days_made) - interval '7 days'
),
active AS (
    SELECT
        advertiser.venue,
        advertiser.advertiser_id,
        sum(open.offers) AS offers,
        sum(open.markets) AS markets,
        sum(open.fiats) AS fiats,
        sum(recent.price_changes) AS price_changes,
        max(coalesce(open.seen_until, recent.seen_until)) AS seen_until
    FROM open
    FULL JOIN recent USING (advertiser_sk)
    JOIN dim_advertisers AS advertiser USING (advertiser_sk)
    GROUP BY advertiser.venue, advertiser.advertiser_id
)
SELECT
    active.venue,
    active.advertiser_id,
    current.nickname,
    current.is_merchant,
    coalesce(active.offers, 0)::integer AS open_offers,
    coalesce(active.markets, 0)::integer AS open_markets,
    coalesce(active.fiats, 0)::integer AS open_fiats,
    (
        SELECT min(effective_date) FROM dim_advertisers AS first
        WHERE first.venue = active.venue AND first.advertiser_id = active.advertiser_id
    ) AS first_seen,
    active.seen_until AS last_seen,
    (coalesce(active.price_changes, 0) / days.days)::double precision AS price_changes_a_day
FROM active
JOIN dim_advertisers AS current
    ON current.venue = active.venue
    AND current.advertiser_id = active.advertiser_id
    AND current.expiration_date = '9999-12-31Z'
CROSS JOIN days;
CREATE UNIQUE INDEX advertiser_activity_key ON advertiser_activity (venue, advertiser_id);
CREATE INDEX advertiser_activity_changes ON advertiser_activity (price_changes_a_day DESC);

CREATE OR REPLACE VIEW open_offer_terms_classes AS
SELECT
    version.offer_id,
    advertisement.offer_external_id,
    crypto.symbol,
    fiat.currency_code,
    version.trade_type,
    classes.class,
    classes.value,
    classes.evidence,
    crypto.venue
FROM offer_versions AS version
JOIN offer_terms_classes AS classes ON classes.terms_id = version.terms_id
JOIN advertisements AS advertisement ON advertisement.offer_id = version.offer_id
JOIN dim_cryptocurrencies AS crypto ON crypto.crypto_id = version.crypto_id
JOIN dim_fiat_currencies AS fiat ON fiat.fiat_id = version.fiat_id
WHERE version.valid_to = '9999-12-31Z';
