"""Parquet tables in a folder: partitions replaced in one step, months in one file, SQL over the tables handed in.

Here: partition files, compaction, what is damaged, views for DuckDB.
Not here: which tables there are (p2p/tables.py), how a row is computed (p2p/steps/), PostgreSQL (postgres/).
"""
