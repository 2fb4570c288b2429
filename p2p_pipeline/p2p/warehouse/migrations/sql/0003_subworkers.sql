-- Jobs that follow the batches: a ledger, and the tables of those that come with this program.

CREATE TABLE ops_subworker_runs (
    subworker text NOT NULL,
    batch_id bigint NOT NULL REFERENCES ops_batch_runs ON DELETE CASCADE,
    status text NOT NULL CHECK (status IN ('done', 'failed')),
    rows_in integer NOT NULL,
    rows_out integer NOT NULL,
    started_at timestamptz NOT NULL,
    seconds double precision NOT NULL,
    error text,
    attempts integer NOT NULL DEFAULT 1,
    batch_loaded_at timestamptz NOT NULL,
    PRIMARY KEY (subworker, batch_id),
    CHECK ((error IS NULL) = (status = 'done'))
);
-- Deleting a batch looks for its rows here.
CREATE INDEX ops_subworker_runs_batch ON ops_subworker_runs (batch_id);

CREATE TABLE offer_terms_classes (
    terms_id integer NOT NULL REFERENCES offer_terms ON DELETE CASCADE,
    class text NOT NULL,
    value text NOT NULL,
    evidence text NOT NULL,
    classifier_version integer NOT NULL,
    PRIMARY KEY (terms_id, class, value)
);
CREATE INDEX offer_terms_classes_value ON offer_terms_classes (class, value);

-- What is said of the advertisements that are open now.
CREATE VIEW open_offer_terms_classes AS
SELECT
    version.offer_id,
    advertisement.offer_external_id,
    crypto.symbol,
    fiat.currency_code,
    version.trade_type,
    classes.class,
    classes.value,
    classes.evidence
FROM offer_versions AS version
JOIN offer_terms_classes AS classes ON classes.terms_id = version.terms_id
JOIN advertisements AS advertisement ON advertisement.offer_id = version.offer_id
JOIN dim_cryptocurrencies AS crypto ON crypto.crypto_id = version.crypto_id
JOIN dim_fiat_currencies AS fiat ON fiat.fiat_id = version.fiat_id
WHERE version.valid_to = '9999-12-31Z';

COMMENT ON TABLE ops_subworker_runs IS 'Ledger of the subworkers: which batch each was given, and what came of it';
COMMENT ON COLUMN ops_subworker_runs.subworker IS 'Name of the subworker';
COMMENT ON COLUMN ops_subworker_runs.batch_id IS 'The batch it was given';
COMMENT ON COLUMN ops_subworker_runs.status IS 'done: written together with this row; failed: nothing was written, the next run tries again';
COMMENT ON COLUMN ops_subworker_runs.rows_in IS 'Offers or changes it went through';
COMMENT ON COLUMN ops_subworker_runs.rows_out IS 'Rows it says it wrote';
COMMENT ON COLUMN ops_subworker_runs.started_at IS 'When the last attempt began';
COMMENT ON COLUMN ops_subworker_runs.seconds IS 'How long the last attempt took';
COMMENT ON COLUMN ops_subworker_runs.error IS 'Why it failed, in one sentence; empty for done';
COMMENT ON COLUMN ops_subworker_runs.attempts IS 'How often the batch was given to it';
COMMENT ON COLUMN ops_subworker_runs.batch_loaded_at IS 'loaded_at of the batch it was given: a batch loaded again is given again';
COMMENT ON TABLE offer_terms_classes IS 'What the free text of offers says, read by rules: one row a finding, and one for the language of each text';
COMMENT ON COLUMN offer_terms_classes.terms_id IS 'The text, in offer_terms';
COMMENT ON COLUMN offer_terms_classes.class IS 'What it is about: third_party, receipt, identification, working_hours, name_match, transfer_comment, outside_contact, language';
COMMENT ON COLUMN offer_terms_classes.value IS 'What it says of it: refused, accepted, demanded, not_needed …; docs/subworkers.md has the list';
COMMENT ON COLUMN offer_terms_classes.evidence IS 'The words that say so, as they stand in the text; empty for language';
COMMENT ON COLUMN offer_terms_classes.classifier_version IS 'Version of the rules; texts read by older rules are read again';
COMMENT ON VIEW open_offer_terms_classes IS 'What the terms of the advertisements that are open now say';
COMMENT ON COLUMN open_offer_terms_classes.offer_id IS 'The advertisement, in advertisements';
COMMENT ON COLUMN open_offer_terms_classes.offer_external_id IS 'The advertisement''s number at the venue';
COMMENT ON COLUMN open_offer_terms_classes.symbol IS 'The asset';
COMMENT ON COLUMN open_offer_terms_classes.currency_code IS 'The fiat currency';
COMMENT ON COLUMN open_offer_terms_classes.trade_type IS 'The taker''s side';
COMMENT ON COLUMN open_offer_terms_classes.class IS 'See offer_terms_classes';
COMMENT ON COLUMN open_offer_terms_classes.value IS 'See offer_terms_classes';
COMMENT ON COLUMN open_offer_terms_classes.evidence IS 'See offer_terms_classes';
