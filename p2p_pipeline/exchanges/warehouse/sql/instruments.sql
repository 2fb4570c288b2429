-- The dictionary of instruments.
-- :lock
SELECT pg_advisory_xact_lock(hashtext('exchanges.instruments_dict'));
-- :valid
SELECT exchange, symbol, exchange_symbol, base, quote, identity, identity_reason, contracts, confirmed_with,
       price_step, quantity_step, min_notional, taker_fee, multiplier, valid_from, valid_to, changed
FROM exchanges.instruments_dict
WHERE valid_to IS NULL AND exchange = ANY (%(exchanges)s);
-- :end
UPDATE exchanges.instruments_dict SET valid_to = %(valid_to)s
WHERE exchange = %(exchange)s AND symbol = %(symbol)s AND valid_to IS NULL;
-- :begin
INSERT INTO exchanges.instruments_dict (
    exchange, symbol, exchange_symbol, base, quote, identity, identity_reason, contracts, confirmed_with,
    price_step, quantity_step, min_notional, taker_fee, multiplier, valid_from, valid_to, changed
) VALUES (
    %(exchange)s, %(symbol)s, %(exchange_symbol)s, %(base)s, %(quote)s, %(identity)s, %(identity_reason)s,
    %(contracts)s, %(confirmed_with)s, %(price_step)s, %(quantity_step)s, %(min_notional)s, %(taker_fee)s,
    %(multiplier)s, %(valid_from)s, %(valid_to)s, %(changed)s
);
