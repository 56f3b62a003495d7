#!/bin/sh
# Run once by the PostgreSQL image on an empty volume. The service gets a role of its own that is no superuser:
# for a superuser row-level security does not exist.
set -eu
psql --set=ON_ERROR_STOP=1 --username=postgres --set=password="$POSTGRES_PASSWORD" <<'SQL'
CREATE ROLE drone LOGIN PASSWORD :'password';
CREATE DATABASE drone OWNER drone;
SQL
