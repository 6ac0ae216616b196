#!/bin/sh
# Runs every check and every test: ruff, types, then pytest on all cores against one
# private database server that exists for this run only. Arguments go to pytest.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
began=$(date +%s)

cluster() {
    .venv/bin/python -c "
import sys
from pathlib import Path
from infra_registry.cluster import Cluster
getattr(Cluster(Path(sys.argv[1]), fast=True), sys.argv[2])()" "$REGISTRY_TEST_CLUSTER" "$1"
}

finish() {
    status=$?
    [ -z "${REGISTRY_TEST_CLUSTER:-}" ] || cluster destroy || true
    [ -z "${NUMBA_CACHE_DIR:-}" ] || rm -rf "$NUMBA_CACHE_DIR"
    echo "Wall time: $(($(date +%s) - began)) s"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

# The tests make their own database; one named for production must never be theirs.
unset NUMBA_CACHE_DIR DATABASE_URL DATABASE_OWNER_URL DATABASE_SUPERUSER_URL REGISTRY_VAR PROFILE PORT HOST || true

sh scripts/lint.sh
REGISTRY_TEST_CLUSTER=$(mktemp -d "${TMPDIR:-/tmp}/registry-test-XXXXXX")
# What one test process compiles the others need not.
NUMBA_CACHE_DIR=$(mktemp -d "${TMPDIR:-/tmp}/registry-compiled-XXXXXX")
export REGISTRY_TEST_CLUSTER NUMBA_CACHE_DIR
cluster up
.venv/bin/python -m pytest -n auto --dist loadfile "$@"
