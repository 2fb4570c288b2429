-- Ways to break a sound warehouse, and what the outcome must say. All are done to the newest batch's rows.
-- Each begins with `-- rule | way | words`. :batch is the newest batch's id, :moment its start, :offer an open offer.

-- types_and_ranges | a price that is no number | price
ALTER TABLE offer_versions DROP CONSTRAINT offer_versions_price_check;
UPDATE offer_versions SET price = 'NaN' WHERE offer_id = :offer;

-- types_and_ranges | an infinite price | price
ALTER TABLE offer_versions DROP CONSTRAINT offer_versions_price_check;
UPDATE offer_versions SET price = 'Infinity' WHERE offer_id = :offer;

-- types_and_ranges | a price with too many places | price
UPDATE offer_versions SET price = price + 1e-13 WHERE offer_id = :offer;

-- types_and_ranges | a price beyond belief | price
ALTER TABLE offer_versions DROP CONSTRAINT offer_versions_price_check;
UPDATE offer_versions SET price = 1e21 WHERE offer_id = :offer;

-- types_and_ranges | a negative amount | available_amount
ALTER TABLE offer_versions DROP CONSTRAINT offer_versions_available_amount_check;
UPDATE offer_versions SET available_amount = -1 WHERE offer_id = :offer;

-- types_and_ranges | limits the wrong way round | limits the wrong way round
UPDATE offer_versions SET min_limit = stated_max_limit + 1 WHERE offer_id = :offer;

-- types_and_ranges | more to fill than there is | max_limit above what is available
UPDATE offer_versions SET max_limit = stated_max_limit, available_amount = 0.5 * stated_max_limit / price
    WHERE offer_id = :offer;

-- types_and_ranges | a rate that is no number | completion_rate
ALTER TABLE offer_statistics DROP CONSTRAINT offer_statistics_completion_rate_check;
UPDATE offer_statistics SET completion_rate = 'NaN' WHERE offer_id = :offer;

-- types_and_ranges | a time outside the batch | extraction_timestamp
UPDATE fact_market_depth SET extraction_timestamp = extraction_timestamp + interval '1 hour' WHERE batch_id =
    :batch;

-- no_duplicate_offer | a version twice under another end | 1 offers
INSERT INTO offer_versions SELECT valid_from, :moment + interval '1 hour', offer_id, advertiser_sk,
    payment_set_id, terms_id, trade_type, crypto_id, fiat_id, payment_minutes, is_promoted, price,
    available_amount, min_limit, max_limit, stated_max_limit FROM offer_versions_open WHERE offer_id = :offer;

-- no_duplicate_offer | statistics twice | 1 offers
INSERT INTO offer_statistics SELECT valid_from, :moment + interval '1 hour', offer_id, orders_30d,
    completion_rate FROM offer_statistics_open WHERE offer_id = :offer;

-- no_duplicate_offer | an advertisement under two numbers | 1 offers
ALTER TABLE advertisements DROP CONSTRAINT advertisements_key;
UPDATE advertisements SET offer_external_id = (SELECT offer_external_id FROM advertisements WHERE offer_id =
    :offer) WHERE offer_id = (SELECT offer_id FROM offer_versions_open WHERE (fiat_id, crypto_id, trade_type)
    = (SELECT fiat_id, crypto_id, trade_type FROM advertisements WHERE offer_id = :offer) ORDER BY offer_id
    DESC LIMIT 1);

-- no_duplicate_offer | a market side twice | 10 offers
INSERT INTO fact_market_depth SELECT depth_id, batch_id, extraction_timestamp + interval '1 second',
    trade_type, total_offers_count, crypto_id, fiat_id, is_complete, total_available_volume,
    weighted_avg_price, min_price, max_price FROM fact_market_depth WHERE batch_id = :batch AND
    total_offers_count = 10 LIMIT 1;

-- depth_adds_up | an offer lost | count
DELETE FROM offer_versions WHERE offer_id = :offer;

-- depth_adds_up | an offer left open that was not seen | count
INSERT INTO offer_versions SELECT valid_from, '9999-12-31Z', offer_id, advertiser_sk, payment_set_id, terms_id,
    trade_type, crypto_id, fiat_id, payment_minutes, is_promoted, price, available_amount, min_limit,
    max_limit, stated_max_limit FROM offer_versions WHERE offer_id = (SELECT offer_id FROM offer_versions
    WHERE valid_to < '9999-12-31Z' AND offer_id NOT IN (SELECT offer_id FROM offer_versions_open) ORDER BY
    offer_id LIMIT 1) LIMIT 1;

-- depth_adds_up | a price changed | weighted price
UPDATE offer_versions SET price = price * 1.001 WHERE offer_id = :offer;

-- depth_adds_up | an amount changed | volume
UPDATE offer_versions SET available_amount = available_amount + 1 WHERE offer_id = :offer;

-- depth_adds_up | a gap too many | count
INSERT INTO offer_gaps SELECT :moment, :offer;

-- depth_adds_up | a gap too few | count
DELETE FROM offer_gaps;

-- depth_adds_up | the ledger counts otherwise | ledger, offers
UPDATE ops_batch_runs SET total_offers_extracted = total_offers_extracted + 1;

-- depth_adds_up | a market side gone | ledger, market sides
DELETE FROM fact_market_depth WHERE batch_id = :batch AND total_offers_count = 0;

-- referential_integrity | an offer at another venue | offer at another venue than its asset
UPDATE advertisements SET venue = 'bybit' WHERE offer_id = :offer;

-- referential_integrity | an advertiser of another venue | advertiser of another venue than the offer
UPDATE dim_advertisers SET venue = 'bybit' WHERE nickname = 'trader 3';

-- referential_integrity | a payment method of another venue | payment method of another venue than the offer
UPDATE dim_payment_methods SET venue = 'bybit' WHERE method_code = 'BANK';

-- referential_integrity | no advertiser | version without its advertiser
DELETE FROM dim_advertisers WHERE nickname = 'trader 3';

-- referential_integrity | an advertiser who ended before | advertiser as at another time
UPDATE dim_advertisers SET expiration_date = :moment WHERE nickname = 'trader 3';

-- referential_integrity | an advertiser of later | advertiser as at another time
UPDATE dim_advertisers SET effective_date = :moment + interval '1 hour' WHERE nickname = 'trader 3';

-- referential_integrity | no current row | advertiser without exactly one current row
UPDATE dim_advertisers SET expiration_date = :moment + interval '1 hour' WHERE nickname = 'trader 3';

-- referential_integrity | two current rows | advertiser without exactly one current row
DROP INDEX dim_advertisers_current;
INSERT INTO dim_advertisers (venue, advertiser_id, nickname, is_merchant, effective_date)
    SELECT venue, advertiser_id, 'another', false, :moment FROM dim_advertisers WHERE nickname = 'trader 3';

-- referential_integrity | advertiser rows that overlap | advertiser rows that overlap
INSERT INTO dim_advertisers (venue, advertiser_id, nickname, is_merchant, effective_date, expiration_date) SELECT
    venue, advertiser_id, 'another', false, effective_date - interval '1 hour', effective_date + interval '1 minute'
    FROM dim_advertisers WHERE nickname = 'trader 3';

-- referential_integrity | no payment methods | version without its payment methods
DELETE FROM payment_method_sets WHERE payment_set_id = (SELECT min(payment_set_id) FROM offer_versions);

-- referential_integrity | an unknown payment method | set of an unknown payment method
DELETE FROM dim_payment_methods WHERE method_code = 'BANK';

-- referential_integrity | no terms | version without its terms
DELETE FROM offer_terms WHERE terms_id = (SELECT min(terms_id) FROM offer_versions_open);

-- referential_integrity | no advertisement | version without its offer
DELETE FROM advertisements WHERE offer_id = :offer;

-- referential_integrity | another market than the advertisement's | version in another market than its offer
UPDATE offer_versions SET trade_type = 'SELL' WHERE offer_id = :offer;

-- referential_integrity | an unknown market | offer in an unknown market
UPDATE offer_versions SET fiat_id = 999 WHERE offer_id = :offer;

-- referential_integrity | two versions at once | two versions at once
INSERT INTO offer_versions SELECT valid_from, :moment + interval '1 hour', offer_id, advertiser_sk,
    payment_set_id, terms_id, trade_type, crypto_id, fiat_id, payment_minutes, is_promoted, price,
    available_amount, min_limit, max_limit, stated_max_limit FROM offer_versions_open WHERE offer_id = :offer;

-- referential_integrity | two statistics at once | two statistics at once
INSERT INTO offer_statistics SELECT valid_from, :moment + interval '1 hour', offer_id, orders_30d,
    completion_rate FROM offer_statistics_open WHERE offer_id = :offer;

-- referential_integrity | no statistics | version without statistics
DELETE FROM offer_statistics WHERE offer_id = :offer;

-- referential_integrity | statistics without a version | statistics without a version
DELETE FROM offer_versions WHERE offer_id = :offer;

-- referential_integrity | a span shifted by a second | span that no batch begins or ends
UPDATE offer_versions SET valid_from = valid_from + interval '1 second' WHERE valid_from < :moment AND
    valid_to = '9999-12-31Z';

-- referential_integrity | a gap of nothing | gap of an offer that is not open
INSERT INTO offer_gaps VALUES (:moment, 999999);

-- referential_integrity | a gap where all was read | gap in a market side read to its end
INSERT INTO offer_gaps SELECT :moment, :offer;

-- referential_integrity | depth of no batch | depth of a batch that is not there
UPDATE fact_market_depth SET batch_id = 77 WHERE batch_id = :batch AND total_offers_count = 0;

-- extraction_completeness | markets missing | 2 of 4
UPDATE ops_batch_runs SET markets = 4, markets_complete = 2;

-- extraction_completeness | nothing known of what was due | 0 of 0
UPDATE ops_batch_runs SET markets = 0, markets_complete = 0, status = 'failed';

-- error_rate | too many failed requests | 0.75%
UPDATE ops_batch_runs SET failed_requests = 3;

-- error_rate | all failed | 100.00%
UPDATE ops_batch_runs SET failed_requests = requests;

-- freshness | the newest batch gone | 12.0 minutes
DELETE FROM ops_batch_runs WHERE batch_id = :batch;

-- freshness | the newest read nothing | 12.0
UPDATE ops_batch_runs SET market_sides = 0 WHERE batch_id = :batch;

-- freshness | the other worker is gone | 2.0 minutes
UPDATE ops_batch_runs SET workers = 2;

-- consecutive_failures | three in a row lack markets | newest 3 of 3
UPDATE ops_batch_runs SET markets_complete = 1;

-- consecutive_failures | three in a row were killed | newest 3 of 3
UPDATE ops_batch_runs SET status = 'interrupted', markets = 0, markets_complete = 0;

-- depth_adds_up | another best price | best price
UPDATE fact_market_depth SET best_price = max_price WHERE batch_id = :batch AND trade_type = 'BUY';

-- depth_adds_up | another median | median price
UPDATE fact_market_depth SET median_price = min_price WHERE batch_id = :batch;

-- depth_adds_up | a weighted price a little off | weighted price
UPDATE fact_market_depth SET weighted_avg_price = weighted_avg_price + 1e-9 WHERE batch_id = :batch;

-- depth_adds_up | no weighted price | weighted price
UPDATE fact_market_depth SET weighted_avg_price = NULL WHERE batch_id = :batch;

-- depth_adds_up | an error lost | ledger, errors
DELETE FROM ops_extraction_errors WHERE batch_id = :batch;

-- extraction_completeness | the sweep says more than its rows | only 2 markets are there
UPDATE ops_batch_runs SET markets_complete = 3 WHERE batch_id = :batch;
DELETE FROM fact_market_depth WHERE batch_id = :batch AND (crypto_id, fiat_id) = (
    SELECT crypto_id, fiat_id FROM fact_market_depth WHERE batch_id = :batch AND NOT is_complete);
