#!/bin/bash
# Run once by the image of PostgreSQL, on an empty volume: a database for the warehouse and one for Dagster, each with
# its owner, and a user who may only read the warehouse (for Grafana and the metrics).
set -euo pipefail
psql --username "$POSTGRES_USER" --dbname postgres --no-psqlrc -v ON_ERROR_STOP=1 \
    -v warehouse_password="$P2P_WAREHOUSE_PASSWORD" \
    -v dagster_password="$P2P_DAGSTER_PASSWORD" \
    -v reader_password="$P2P_READER_PASSWORD" <<'SQL'
CREATE ROLE p2p_reader NOLOGIN;
CREATE ROLE p2p_loader NOLOGIN;
CREATE ROLE p2p LOGIN PASSWORD :'warehouse_password';
CREATE ROLE dagster LOGIN PASSWORD :'dagster_password';
CREATE ROLE p2p_onlooker LOGIN PASSWORD :'reader_password' IN ROLE p2p_reader;
ALTER ROLE p2p_onlooker SET default_transaction_read_only = on;
ALTER ROLE p2p_onlooker SET statement_timeout = '30s';
CREATE DATABASE p2p OWNER p2p;
CREATE DATABASE dagster OWNER dagster;
REVOKE CONNECT ON DATABASE p2p, dagster FROM PUBLIC;
GRANT CONNECT ON DATABASE p2p TO p2p_reader, p2p_loader;
SQL
