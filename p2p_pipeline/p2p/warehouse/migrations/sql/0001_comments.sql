-- What every table, view and column means: shown by psql (\d+) and by every tool that reads the catalogue.

COMMENT ON TABLE dim_cryptocurrencies IS 'Assets that are traded';
COMMENT ON COLUMN dim_cryptocurrencies.crypto_id IS 'Its number in the facts';
COMMENT ON COLUMN dim_cryptocurrencies.symbol IS 'Its code, such as USDT';
COMMENT ON COLUMN dim_cryptocurrencies.name IS 'Its name; the code again where none is known';
COMMENT ON COLUMN dim_cryptocurrencies.binance_asset_code IS 'How Binance writes the code';
COMMENT ON COLUMN dim_cryptocurrencies.is_active IS 'Whether any of its markets was read in the seven days up to the newest batch; brought up to date every hour';

COMMENT ON TABLE dim_fiat_currencies IS 'Currencies that are paid with';
COMMENT ON COLUMN dim_fiat_currencies.fiat_id IS 'Its number in the facts';
COMMENT ON COLUMN dim_fiat_currencies.currency_code IS 'Its code, such as RUB; ISO 4217 where that has one';
COMMENT ON COLUMN dim_fiat_currencies.currency_name IS 'Its English name; the code again where none is known';
COMMENT ON COLUMN dim_fiat_currencies.country_code IS 'The country it belongs to, ISO 3166; empty where several share it or none is known';
COMMENT ON COLUMN dim_fiat_currencies.is_active IS 'Whether any of its markets was read in the seven days up to the newest batch; brought up to date every hour';

COMMENT ON TABLE dim_payment_methods IS 'Ways to pay, one row for each that the venue tells apart';
COMMENT ON COLUMN dim_payment_methods.payment_method_id IS 'Its number in the facts';
COMMENT ON COLUMN dim_payment_methods.method_code IS 'The venue''s own identifier';
COMMENT ON COLUMN dim_payment_methods.method_name IS 'Its name in front of people';
COMMENT ON COLUMN dim_payment_methods.category IS 'bank, wallet, cash …, as in p2p doctor --payments';
COMMENT ON COLUMN dim_payment_methods.description IS 'What it is, in a sentence';
COMMENT ON COLUMN dim_payment_methods.canonical_code IS 'Our code for it: the same method of another venue has the same';
COMMENT ON COLUMN dim_payment_methods.is_active IS 'Whether an open offer of an active currency and asset has it; brought up to date every hour';

COMMENT ON TABLE dim_advertisers IS 'Advertisers as a slowly changing dimension of type 2: a row for each state of nickname and merchant badge, holding in [effective_date, expiration_date)';
COMMENT ON COLUMN dim_advertisers.advertiser_sk IS 'Number of this state in the facts';
COMMENT ON COLUMN dim_advertisers.advertiser_id IS 'The venue''s identifier of the advertiser: the same in all of his states';
COMMENT ON COLUMN dim_advertisers.nickname IS 'What he calls himself: hostile text, shown as text and nothing else';
COMMENT ON COLUMN dim_advertisers.is_merchant IS 'Whether the venue gave him its merchant badge';
COMMENT ON COLUMN dim_advertisers.registration_days IS 'Days since he registered when this state began, where the venue says so';
COMMENT ON COLUMN dim_advertisers.effective_date IS 'Start of the first batch that saw this state; microseconds later each for more states in one batch';
COMMENT ON COLUMN dim_advertisers.expiration_date IS 'When the next state began; the last day of 9999 (UTC) for the current one';
COMMENT ON COLUMN dim_advertisers.is_current IS 'Whether this is his newest state';

COMMENT ON TABLE payment_method_sets IS 'Sets of payment methods as offers have them: stored once, referred to by a number';
COMMENT ON COLUMN payment_method_sets.payment_set_id IS 'Its number in the versions';
COMMENT ON COLUMN payment_method_sets.set_key IS 'Hash of its methods in their order';
COMMENT ON COLUMN payment_method_sets.payment_method_ids IS 'Its methods, in the order of the offer: the first is the primary one';

COMMENT ON TABLE offer_terms IS 'Texts that advertisers write under their offers: each stored once';
COMMENT ON COLUMN offer_terms.terms_id IS 'Its number in the versions';
COMMENT ON COLUMN offer_terms.terms_key IS 'Hash of the text';
COMMENT ON COLUMN offer_terms.terms IS 'The text: hostile, shown as text and nothing else; a NUL of it became U+FFFD';
COMMENT ON COLUMN offer_terms.first_seen_at IS 'Start of the first batch that read it';

COMMENT ON TABLE advertisements IS 'What an offer is for as long as it exists: its number at the venue and its market side';
COMMENT ON COLUMN advertisements.offer_id IS 'Its number in versions and facts';
COMMENT ON COLUMN advertisements.offer_external_id IS 'Its number at the venue';
COMMENT ON COLUMN advertisements.crypto_id IS 'The asset';
COMMENT ON COLUMN advertisements.fiat_id IS 'The currency';
COMMENT ON COLUMN advertisements.trade_type IS 'The side the taker is on';
COMMENT ON COLUMN advertisements.first_seen_at IS 'Start of the first batch that read it';

COMMENT ON TABLE ops_batch_runs IS 'Ledger of the batches: a row for each sweep that is loaded, written in the transaction that loads it';
COMMENT ON COLUMN ops_batch_runs.batch_id IS 'Start of the sweep in milliseconds since 1970';
COMMENT ON COLUMN ops_batch_runs.batch_start_time IS 'Start of the sweep: versions hold for the batches that begin in their span';
COMMENT ON COLUMN ops_batch_runs.batch_end_time IS 'End of the sweep; of an interrupted one, its last answer';
COMMENT ON COLUMN ops_batch_runs.status IS 'complete; partial: something that was due is missing; failed: nothing could be read; interrupted: the sweep was killed, what it read counts';
COMMENT ON COLUMN ops_batch_runs.total_fiats_processed IS 'Fiats of which any market side was read';
COMMENT ON COLUMN ops_batch_runs.total_offers_extracted IS 'Offers read, each once a market side';
COMMENT ON COLUMN ops_batch_runs.total_offers_inserted IS 'Of them, offers that were not open before';
COMMENT ON COLUMN ops_batch_runs.total_offers_updated IS 'Of them, open offers that changed';
COMMENT ON COLUMN ops_batch_runs.total_offers_closed IS 'Open offers that a completely read market side no longer showed';
COMMENT ON COLUMN ops_batch_runs.total_errors IS 'Rows of ops_extraction_errors';
COMMENT ON COLUMN ops_batch_runs.venue IS 'Who was asked';
COMMENT ON COLUMN ops_batch_runs.source IS 'live, imported (recordings) or simulated';
COMMENT ON COLUMN ops_batch_runs.worker IS 'Which share of the fiats this sweep had, of workers';
COMMENT ON COLUMN ops_batch_runs.workers IS 'Into how many shares the fiats were split';
COMMENT ON COLUMN ops_batch_runs.markets IS 'Markets (asset and fiat) that were due';
COMMENT ON COLUMN ops_batch_runs.markets_complete IS 'Of them, markets with every side that was due read to its end';
COMMENT ON COLUMN ops_batch_runs.market_sides IS 'Market sides of which anything was read';
COMMENT ON COLUMN ops_batch_runs.quarantined IS 'Offers that could not be trusted and are in no fact';
COMMENT ON COLUMN ops_batch_runs.requests IS 'Exchanges with the venue, those for its lists included';
COMMENT ON COLUMN ops_batch_runs.failed_requests IS 'Of them, exchanges that brought no answer, also those that a later try made good';
COMMENT ON COLUMN ops_batch_runs.seconds IS 'How long the sweep took';
COMMENT ON COLUMN ops_batch_runs.load_seconds IS 'How long loading took';
COMMENT ON COLUMN ops_batch_runs.loaded_at IS 'When it was loaded last: a batch loaded again is followed again';
COMMENT ON COLUMN ops_batch_runs.content_digest IS 'Hash of what it was loaded from: the same raw bytes give the same';

COMMENT ON TABLE ops_extraction_errors IS 'Requests that brought no answer, and market sides that could not be read';
COMMENT ON COLUMN ops_extraction_errors.error_id IS 'Its number';
COMMENT ON COLUMN ops_extraction_errors.batch_id IS 'The batch';
COMMENT ON COLUMN ops_extraction_errors.error_timestamp IS 'When';
COMMENT ON COLUMN ops_extraction_errors.fiat_code IS 'The currency asked for; empty for the venue''s lists';
COMMENT ON COLUMN ops_extraction_errors.crypto_symbol IS 'The asset asked for; empty for the venue''s lists';
COMMENT ON COLUMN ops_extraction_errors.trade_type IS 'The side asked for; empty for the venue''s lists';
COMMENT ON COLUMN ops_extraction_errors.page_number IS 'The page asked for, from 1';
COMMENT ON COLUMN ops_extraction_errors.error_type IS 'What came of the request (timeout, rate_limited, blocked …), or not_asked, incomplete, sweep_failed, quarantined, damaged, bug';
COMMENT ON COLUMN ops_extraction_errors.error_message IS 'One sentence; may quote the venue, so hostile text';
COMMENT ON COLUMN ops_extraction_errors.stack_trace IS 'Of a fault of this program; empty otherwise';
COMMENT ON COLUMN ops_extraction_errors.retry_count IS 'Which try it was, from 0';
COMMENT ON COLUMN ops_extraction_errors.is_resolved IS 'Whether a later try brought the answer';

COMMENT ON TABLE ops_data_quality IS 'What the quality rules found in each batch: one row a rule';
COMMENT ON COLUMN ops_data_quality.quality_id IS 'Its number';
COMMENT ON COLUMN ops_data_quality.batch_id IS 'The batch that was judged';
COMMENT ON COLUMN ops_data_quality.check_timestamp IS 'When';
COMMENT ON COLUMN ops_data_quality.metric_name IS 'The rule';
COMMENT ON COLUMN ops_data_quality.metric_value IS 'What was measured; empty where there was nothing to measure';
COMMENT ON COLUMN ops_data_quality.threshold_value IS 'What the rule allows; empty where it is yes or no';
COMMENT ON COLUMN ops_data_quality.passed IS 'Whether the rule holds';
COMMENT ON COLUMN ops_data_quality.details IS 'Expected, observed, and a sample of the offending keys';

COMMENT ON TABLE fact_market_depth IS 'A row for each market side and batch in which any page of it was read, also where it held no offer; a partition a UTC day of extraction_timestamp';
COMMENT ON COLUMN fact_market_depth.depth_id IS 'Its number';
COMMENT ON COLUMN fact_market_depth.batch_id IS 'The batch';
COMMENT ON COLUMN fact_market_depth.extraction_timestamp IS 'When the first page of the market side arrived';
COMMENT ON COLUMN fact_market_depth.trade_type IS 'The side the taker is on';
COMMENT ON COLUMN fact_market_depth.total_offers_count IS 'Offers read';
COMMENT ON COLUMN fact_market_depth.crypto_id IS 'The asset';
COMMENT ON COLUMN fact_market_depth.fiat_id IS 'The currency';
COMMENT ON COLUMN fact_market_depth.is_complete IS 'Whether the book was read to its end and showed as many offers as the venue counts; only then were offers that it did not show closed. Stricter than markets_complete of ops_batch_runs, which lets one in a hundred be missing';
COMMENT ON COLUMN fact_market_depth.total_available_volume IS 'Sum of available_amount, in the asset';
COMMENT ON COLUMN fact_market_depth.weighted_avg_price IS 'Price weighted by available_amount, to 12 places; empty where nothing is available';
COMMENT ON COLUMN fact_market_depth.min_price IS 'Lowest price; empty where there is no offer';
COMMENT ON COLUMN fact_market_depth.max_price IS 'Highest price; empty where there is no offer';
COMMENT ON COLUMN fact_market_depth.best_price IS 'Best price for the taker of those offers that can be filled now; empty where there is none';
COMMENT ON COLUMN fact_market_depth.median_price IS 'Price of the middle offer; empty where there is no offer';

COMMENT ON TABLE offer_versions IS 'States of offers, each stored once with the span of batches that saw it: it holds for batches that begin in [valid_from, valid_to); a partition a UTC day of valid_to, and one for those that are open';
COMMENT ON COLUMN offer_versions.valid_from IS 'Start of the first batch with this state';
COMMENT ON COLUMN offer_versions.valid_to IS 'Start of the first batch without it; the last day of 9999 (UTC) while it is open. Offers of a market that the venue lists no more stay open, for nobody reads it to its end again: is_active of its currency and asset tells, and fact_offers shows them in no batch';
COMMENT ON COLUMN offer_versions.offer_id IS 'The advertisement';
COMMENT ON COLUMN offer_versions.advertiser_sk IS 'The advertiser, in his state of then';
COMMENT ON COLUMN offer_versions.payment_set_id IS 'The payment methods';
COMMENT ON COLUMN offer_versions.terms_id IS 'The text under the offer; empty where there is none';
COMMENT ON COLUMN offer_versions.trade_type IS 'The side the taker is on, as in advertisements';
COMMENT ON COLUMN offer_versions.crypto_id IS 'The asset, as in advertisements';
COMMENT ON COLUMN offer_versions.fiat_id IS 'The currency, as in advertisements';
COMMENT ON COLUMN offer_versions.payment_minutes IS 'How long the payer has; empty where the venue does not say';
COMMENT ON COLUMN offer_versions.is_promoted IS 'Whether the venue shows it out of order because it is paid for';
COMMENT ON COLUMN offer_versions.price IS 'Fiat for one of the asset';
COMMENT ON COLUMN offer_versions.available_amount IS 'What is left of it, in the asset';
COMMENT ON COLUMN offer_versions.min_limit IS 'Smallest amount it takes, in fiat';
COMMENT ON COLUMN offer_versions.max_limit IS 'Largest amount it can really fill now, in fiat: the stated one or what is left, whichever is less';
COMMENT ON COLUMN offer_versions.stated_max_limit IS 'Largest amount it says it takes, in fiat';

COMMENT ON TABLE offer_statistics IS 'The advertisers numbers as the venue shows them beside an offer, apart from the versions because they change more often; spans and partitions as in offer_versions';
COMMENT ON COLUMN offer_statistics.valid_from IS 'Start of the first batch with these numbers';
COMMENT ON COLUMN offer_statistics.valid_to IS 'Start of the first batch without them; the last day of 9999 (UTC) while they are open';
COMMENT ON COLUMN offer_statistics.offer_id IS 'The advertisement';
COMMENT ON COLUMN offer_statistics.orders_30d IS 'Orders of the last 30 days; empty where the venue does not say';
COMMENT ON COLUMN offer_statistics.completion_rate IS 'Share of orders completed, 0 to 1; empty where the venue does not say';

COMMENT ON TABLE open_offer_lines IS 'What the last load read of each open offer: one whose line is the same needs no other look. A shortcut, safe to empty at any time';
COMMENT ON COLUMN open_offer_lines.offer_id IS 'The advertisement';
COMMENT ON COLUMN open_offer_lines.line_digest IS 'Hash of all that its open version and statistics say';
COMMENT ON TABLE offer_gaps IS 'Open offers that an incomplete reading of their market side did not show: they stay open, and are not in that batch; a partition a UTC day of batch_start_time';
COMMENT ON COLUMN offer_gaps.batch_start_time IS 'Start of the batch';
COMMENT ON COLUMN offer_gaps.offer_id IS 'The advertisement that was not shown';

COMMENT ON VIEW fact_offers IS 'Every offer of every batch, as if each batch had been copied: made from the versions. Name a batch, or a market and a time, in WHERE';
COMMENT ON COLUMN fact_offers.offer_id IS 'The advertisement';
COMMENT ON COLUMN fact_offers.offer_external_id IS 'Its number at the venue';
COMMENT ON COLUMN fact_offers.batch_id IS 'The batch';
COMMENT ON COLUMN fact_offers.extraction_timestamp IS 'When the first page of its market side arrived';
COMMENT ON COLUMN fact_offers.crypto_id IS 'The asset';
COMMENT ON COLUMN fact_offers.fiat_id IS 'The currency';
COMMENT ON COLUMN fact_offers.advertiser_sk IS 'The advertiser, in his state of then';
COMMENT ON COLUMN fact_offers.trade_type IS 'The side the taker is on: BUY buys the asset';
COMMENT ON COLUMN fact_offers.price IS 'Fiat for one of the asset';
COMMENT ON COLUMN fact_offers.available_amount IS 'What is left of it, in the asset';
COMMENT ON COLUMN fact_offers.min_limit IS 'Smallest amount it takes, in fiat';
COMMENT ON COLUMN fact_offers.max_limit IS 'Largest amount it can really fill now, in fiat';
COMMENT ON COLUMN fact_offers.stated_max_limit IS 'Largest amount it says it takes, in fiat';
COMMENT ON COLUMN fact_offers.payment_minutes IS 'How long the payer has; empty where the venue does not say';
COMMENT ON COLUMN fact_offers.is_promoted IS 'Whether the venue shows it out of order because it is paid for';
COMMENT ON COLUMN fact_offers.completion_rate IS 'The advertiser''s share of orders completed, 0 to 1; empty where the venue does not say';
COMMENT ON COLUMN fact_offers.orders_30d IS 'The advertiser''s orders of the last 30 days; empty where the venue does not say';
COMMENT ON COLUMN fact_offers.terms IS 'The text under the offer: hostile, shown as text and nothing else';
COMMENT ON COLUMN fact_offers.terms_id IS 'The same text''s number in offer_terms';
COMMENT ON COLUMN fact_offers.payment_set_id IS 'The payment methods, in payment_method_sets; fact_offer_payment_methods has a row for each';

COMMENT ON VIEW fact_offer_payment_methods IS 'The payment methods of every offer of every batch: made from the versions. Name a batch in WHERE';
COMMENT ON COLUMN fact_offer_payment_methods.offer_payment_id IS 'The pair of advertisement and payment method: offer_id times 2^20 plus payment_method_id, the same in every batch that shows the pair. A row''s key is (offer_payment_id, batch_id), as (offer_id, batch_id) is in fact_offers';
COMMENT ON COLUMN fact_offer_payment_methods.offer_id IS 'The advertisement';
COMMENT ON COLUMN fact_offer_payment_methods.batch_id IS 'The batch';
COMMENT ON COLUMN fact_offer_payment_methods.extraction_timestamp IS 'When the first page of its market side arrived';
COMMENT ON COLUMN fact_offer_payment_methods.payment_method_id IS 'The payment method';
COMMENT ON COLUMN fact_offer_payment_methods.is_primary IS 'Whether the offer names it first';

COMMENT ON TABLE p2p_warehouse_version IS 'Which schema this database has: Alembics own table';
COMMENT ON COLUMN p2p_warehouse_version.version_num IS 'The newest migration that was run';

COMMENT ON TYPE trade_type IS 'The side the taker is on: BUY buys the asset with fiat, SELL sells it';
