-- Two roles to give to people and programs: GRANT p2p_reader TO somebody. They belong to the whole cluster, so they may
-- be there already; where this user may not make roles, the warehouse does without. Safe to repeat.
DO $$
DECLARE
    wanted text;
    callable regprocedure;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['p2p_reader', 'p2p_loader'] LOOP
        CONTINUE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = wanted);
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        EXCEPTION
            WHEN insufficient_privilege THEN
                RAISE NOTICE 'role % is not made: % may not make roles', wanted, current_user;
            WHEN duplicate_object OR unique_violation THEN
                NULL; -- another warehouse of this cluster made it just now
        END;
    END LOOP;

    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'p2p_reader') THEN
        GRANT USAGE ON SCHEMA public TO p2p_reader;
        GRANT SELECT ON ALL TABLES IN SCHEMA public TO p2p_reader;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO p2p_reader;
    END IF;

    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'p2p_loader') THEN
        GRANT USAGE ON SCHEMA public TO p2p_loader;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO p2p_loader;
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO p2p_loader;
        -- Of an older schema not all are there yet.
        FOR callable IN
            SELECT oid::regprocedure FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace AND proname IN ('make_day_partitions', 'refresh_market_view')
        LOOP
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO p2p_loader', callable);
        END LOOP;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO p2p_loader;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO p2p_loader;
        -- Only a migration says which schema this is.
        REVOKE INSERT, UPDATE, DELETE ON p2p_warehouse_version FROM p2p_loader;
    END IF;
END
$$;
