-- The roles of the warehouse read and load here too, where they are. Safe to repeat.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'p2p_reader') THEN
        GRANT USAGE ON SCHEMA exchanges TO p2p_reader;
        GRANT SELECT ON ALL TABLES IN SCHEMA exchanges TO p2p_reader;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'p2p_loader') THEN
        GRANT USAGE ON SCHEMA exchanges TO p2p_loader;
        GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA exchanges TO p2p_loader;
        REVOKE INSERT, UPDATE ON exchanges.exchanges_version FROM p2p_loader;
    END IF;
END
$$;
