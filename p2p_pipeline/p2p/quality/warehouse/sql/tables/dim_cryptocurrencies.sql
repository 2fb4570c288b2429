SELECT crypto_id, symbol, name, binance_asset_code, is_active FROM dim_cryptocurrencies
WHERE venue = (SELECT venue FROM ops_batch_runs WHERE batch_id = current_setting('p2p.batch_id')::bigint)
