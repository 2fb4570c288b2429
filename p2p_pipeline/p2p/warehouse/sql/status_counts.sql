-- What the warehouse holds, in one row. Open offers are counted in their own small partition.
SELECT
    (SELECT count(*) FROM offer_versions WHERE valid_to = '9999-12-31Z') AS open_offers,
    (SELECT count(*) FROM advertisements) AS advertisements,
    (SELECT count(*) FROM dim_advertisers WHERE expiration_date = '9999-12-31Z') AS advertisers,
    (SELECT count(*) FROM dim_fiat_currencies) AS fiats,
    (SELECT count(*) FROM dim_cryptocurrencies) AS cryptocurrencies,
    (SELECT count(*) FROM dim_payment_methods) AS payment_methods,
    (SELECT count(*) FROM offer_terms) AS terms
