SELECT
    error_id, batch_id, error_timestamp, fiat_code, crypto_symbol, trade_type::text, page_number, error_type,
    error_message, retry_count, is_resolved
FROM ops_extraction_errors
WHERE batch_id = current_setting('p2p.batch_id')::bigint
