-- A history is only added to: what was said stays said.
CREATE FUNCTION exchanges.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% is a history: rows are only added to it', TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TABLE exchanges.strategy_config (
    change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    parameter text NOT NULL,
    value jsonb NOT NULL,
    value_before jsonb
);
CREATE INDEX strategy_config_newest ON exchanges.strategy_config (parameter, change_id DESC);
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON exchanges.strategy_config
    FOR EACH STATEMENT EXECUTE FUNCTION exchanges.refuse_change();

CREATE VIEW exchanges.strategy_now AS
SELECT DISTINCT ON (parameter) parameter, value, changed_at, changed_by
FROM exchanges.strategy_config
ORDER BY parameter, change_id DESC;

CREATE TABLE exchanges.instruments_dict (
    row_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    exchange text NOT NULL,
    symbol text NOT NULL,
    exchange_symbol text NOT NULL,
    base text NOT NULL,
    quote text NOT NULL,
    identity text NOT NULL,
    identity_reason text NOT NULL,
    contracts jsonb NOT NULL,
    confirmed_with text[] NOT NULL,
    price_step numeric NOT NULL,
    quantity_step numeric NOT NULL,
    min_notional numeric NOT NULL,
    taker_fee numeric,
    multiplier numeric NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    changed text[] NOT NULL,
    CHECK (valid_to >= valid_from)
);
CREATE UNIQUE INDEX instruments_dict_valid ON exchanges.instruments_dict (exchange, symbol) WHERE valid_to IS NULL;
CREATE INDEX instruments_dict_history ON exchanges.instruments_dict (symbol, exchange, valid_from);

-- A row may end once; nothing else of it changes.
CREATE FUNCTION exchanges.only_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.valid_to IS NOT NULL OR to_jsonb(NEW) - 'valid_to' <> to_jsonb(OLD) - 'valid_to' THEN
        RAISE EXCEPTION 'exchanges.instruments_dict is a history: a row may only end'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER only_ended BEFORE UPDATE ON exchanges.instruments_dict
    FOR EACH ROW EXECUTE FUNCTION exchanges.only_end();
CREATE TRIGGER only_added BEFORE DELETE OR TRUNCATE ON exchanges.instruments_dict
    FOR EACH STATEMENT EXECUTE FUNCTION exchanges.refuse_change();

CREATE TABLE exchanges.arbitrage_log (
    opportunity_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    service text NOT NULL,
    key text NOT NULL,
    buy text NOT NULL,
    sell text NOT NULL,
    symbol text NOT NULL,
    is_simulated boolean NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    scans integer NOT NULL,
    best_edge_pct numeric NOT NULL,
    calculation_edge_pct numeric NOT NULL,
    transfer text NOT NULL,
    calculation jsonb NOT NULL,
    UNIQUE (service, key, first_seen),
    CHECK (last_seen >= first_seen AND scans > 0)
);
CREATE INDEX arbitrage_log_when ON exchanges.arbitrage_log (last_seen DESC);

CREATE TABLE exchanges.arbitrage_published (
    service text NOT NULL,
    sequence bigint NOT NULL,
    cycle bigint NOT NULL,
    scanned_at timestamptz NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT now(),
    opportunities jsonb NOT NULL,
    quarantined integer NOT NULL,
    PRIMARY KEY (service, sequence)
);
CREATE INDEX arbitrage_published_when ON exchanges.arbitrage_published (scanned_at DESC);
CREATE TRIGGER only_added BEFORE UPDATE ON exchanges.arbitrage_published
    FOR EACH STATEMENT EXECUTE FUNCTION exchanges.refuse_change();

COMMENT ON SCHEMA exchanges IS 'Order books of exchanges: parameters, instruments, accepted signals.';
COMMENT ON TABLE exchanges.strategy_config IS 'By which parameters signals were judged: one row a change, never altered.';
COMMENT ON COLUMN exchanges.strategy_config.changed_by IS 'The user and machine whose service began with it.';
COMMENT ON COLUMN exchanges.strategy_config.value_before IS 'Null: it was not known before.';
COMMENT ON TABLE exchanges.instruments_dict IS 'Which instrument is which asset on which chains; valid_to is null while it holds.';
COMMENT ON TABLE exchanges.arbitrage_log IS 'Every accepted signal once: a life of one buy, sell and symbol, from the first scan that found it to the last in a row.';
COMMENT ON COLUMN exchanges.arbitrage_log.calculation IS 'Of the best edge that was kept: its books to the filled depth and every sum.';
COMMENT ON TABLE exchanges.arbitrage_published IS 'What was published with each scan that had any: key, size, net edge in per cent, profit in quote.';
