-- What one batch brings, for the length of its transaction. Numbers (side_no, …) hold for one batch only.

CREATE TEMP TABLE staged_sides (
    side_no integer NOT NULL,
    crypto_id smallint NOT NULL,
    fiat_id smallint NOT NULL,
    trade_type trade_type NOT NULL,
    extracted_at timestamptz NOT NULL,
    is_complete boolean NOT NULL
) ON COMMIT DROP;

-- A hash of each offer's line, and whose open state has the same.
CREATE TEMP TABLE staged_lines (row_no integer NOT NULL, line_digest uuid NOT NULL) ON COMMIT DROP;

CREATE TEMP TABLE matched_lines (row_no integer NOT NULL, offer_id integer) ON COMMIT DROP;

-- The offers whose lines are new.
CREATE TEMP TABLE staged_offers (
    row_no integer NOT NULL,
    side_no integer NOT NULL,
    line_digest uuid NOT NULL,
    offer_external_id text NOT NULL,
    advertiser_id text NOT NULL,
    nickname text,
    is_merchant boolean NOT NULL,
    set_key uuid NOT NULL,
    terms_key uuid,
    price numeric NOT NULL,
    available_amount numeric NOT NULL,
    min_limit numeric NOT NULL,
    max_limit numeric NOT NULL,
    stated_max_limit numeric NOT NULL,
    payment_minutes integer,
    is_promoted boolean NOT NULL,
    orders_30d integer,
    completion_rate double precision
) ON COMMIT DROP;

CREATE TEMP TABLE new_advertiser_states (
    advertiser_id text NOT NULL,
    nickname text,
    is_merchant boolean NOT NULL,
    effective_date timestamptz NOT NULL,
    expiration_date timestamptz NOT NULL
) ON COMMIT DROP;

-- The batch's offers compared with the open ones. What an offer refers to is NULL until it is known.
CREATE TEMP TABLE seen_offers (
    row_no integer NOT NULL,
    offer_id integer NOT NULL,
    advertiser_sk integer,
    payment_set_id integer,
    terms_id integer,
    side_no integer NOT NULL,
    lacks_terms boolean NOT NULL,
    is_unknown boolean NOT NULL,
    is_inserted boolean NOT NULL,
    is_updated boolean NOT NULL,
    has_open_statistics boolean NOT NULL,
    has_new_statistics boolean NOT NULL
) ON COMMIT DROP;

CREATE TEMP TABLE absent_offers (offer_id integer NOT NULL, is_complete boolean NOT NULL) ON COMMIT DROP;
