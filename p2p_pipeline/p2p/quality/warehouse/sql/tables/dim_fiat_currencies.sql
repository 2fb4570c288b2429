SELECT fiat_id, currency_code, currency_name, country_code, is_active FROM dim_fiat_currencies
