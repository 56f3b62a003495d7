#!/bin/sh
# Run once by the PostgreSQL image on an empty volume. Two roles, neither a superuser, for whom row-level security would
# not exist: the owner migrates, and the service, which owns nothing, reads and writes rows behind the wall.
set -eu
psql --set=ON_ERROR_STOP=1 --username=postgres --set=password="$POSTGRES_PASSWORD" <<'SQL'
CREATE ROLE drone_owner LOGIN PASSWORD :'password';
CREATE ROLE drone LOGIN PASSWORD :'password';
CREATE DATABASE drone OWNER drone_owner;
\connect drone
CREATE SCHEMA dbos AUTHORIZATION drone_owner;
GRANT USAGE ON SCHEMA public, dbos TO drone;
ALTER DEFAULT PRIVILEGES FOR ROLE drone_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO drone;
ALTER DEFAULT PRIVILEGES FOR ROLE drone_owner GRANT USAGE, SELECT ON SEQUENCES TO drone;
SQL
