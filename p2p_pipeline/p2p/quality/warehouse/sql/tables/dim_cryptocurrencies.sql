SELECT crypto_id, symbol, name, binance_asset_code, is_active FROM dim_cryptocurrencies
