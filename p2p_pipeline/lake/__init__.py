"""The Parquet tables: their schemas, atomic replacement, and reading them through DuckDB.

Here: table definitions (the single source of columns), partition files, SQL views.
Not here: how a row is computed (offers/, metrics/), PostgreSQL (warehouse/).
"""
