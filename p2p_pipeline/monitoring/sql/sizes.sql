-- Bytes of each table and materialized view, with its indexes and its partitions; the largest first.
SELECT root.relname AS relation, sum(pg_total_relation_size(coalesce(part.relid, root.oid)))::double precision AS bytes
FROM pg_class AS root
LEFT JOIN LATERAL pg_partition_tree(root.oid) AS part ON root.relkind = 'p'
WHERE root.relnamespace = 'public'::regnamespace
    AND root.relkind IN ('r', 'p', 'm')
    AND NOT root.relispartition
    AND (root.relkind <> 'p' OR part.isleaf)
GROUP BY root.relname
ORDER BY bytes DESC
LIMIT 60
