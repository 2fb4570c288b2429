-- The partitions of some UTC days in every table that has one a day; gives the names of those that were missing.
--
-- With its owner's rights, because only a table's owner may attach a partition and who loads is not the owner. The
-- names and the days are all it takes from its caller, and the days are dates.
CREATE FUNCTION make_day_partitions(days date[]) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT parent, day, format('%s_%s', parent, to_char(day, 'YYYY_MM_DD')) AS partition
        FROM unnest(ARRAY['fact_market_depth', 'offer_versions', 'offer_statistics', 'offer_gaps']) AS parent
        CROSS JOIN (SELECT DISTINCT day FROM unnest(days) AS day) AS distinct_days
        ORDER BY day, parent
    LOOP
        CONTINUE WHEN EXISTS (
            SELECT FROM pg_inherits
            JOIN pg_class AS child ON child.oid = inhrelid
            WHERE inhparent = to_regclass(wanted.parent) AND child.relname = wanted.partition
        );
        -- Made aside and attached: CREATE … PARTITION OF would wait for every reader, and those after would wait for it.
        EXECUTE format(
            'CREATE TABLE %I (LIKE %I INCLUDING ALL EXCLUDING INDEXES EXCLUDING IDENTITY)', wanted.partition, wanted.parent
        );
        EXECUTE format(
            'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
            wanted.parent,
            wanted.partition,
            wanted.day::timestamp AT TIME ZONE 'UTC',
            (wanted.day + 1)::timestamp AT TIME ZONE 'UTC'
        );
        RETURN NEXT wanted.partition;
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION make_day_partitions FROM PUBLIC;
COMMENT ON FUNCTION make_day_partitions IS 'Makes the missing partitions of some UTC days; for owners and loaders';
