-- Every valid B-tree of the warehouse's tables; partitioned ones have none of their own.
SELECT index.indexrelid::bigint AS oid, index.indexrelid::regclass::text AS name
FROM pg_index AS index
JOIN pg_class AS class ON class.oid = index.indexrelid AND class.relkind = 'i'
JOIN pg_am AS method ON method.oid = class.relam AND method.amname = 'btree'
JOIN pg_namespace AS space ON space.oid = class.relnamespace AND space.nspname = 'public'
WHERE index.indisvalid AND index.indisready
ORDER BY class.relpages, name
