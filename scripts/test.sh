#!/bin/sh
# Runs every check and every test: ruff, types, then pytest on all cores against one
# private database server that exists for this run only. Arguments go to pytest.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
began=$(date +%s)

finish() {
    status=$?
    [ -z "${REGISTRY_TEST_CLUSTER:-}" ] || .venv/bin/python -m tests.server down "$REGISTRY_TEST_CLUSTER" || true
    echo "Wall time: $(($(date +%s) - began)) s"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

# The tests make their own database; one named for production must never be theirs.
unset NUMBA_CACHE_DIR DATABASE_URL DATABASE_OWNER_URL DATABASE_SUPERUSER_URL REGISTRY_VAR PROFILE PORT HOST || true

# Read again by the next test process and by every program that a test starts.
unset PYTHONDONTWRITEBYTECODE || true

sh scripts/lint.sh
REGISTRY_TEST_CLUSTER=$(.venv/bin/python -m tests.server up)
# What one test process compiles the others need not, nor the next run; the folders in it are named after the sources.
NUMBA_CACHE_DIR=$root/var/test/compiled
find "$NUMBA_CACHE_DIR" -mindepth 1 -maxdepth 1 -mtime +7 -exec rm -rf {} + 2>/dev/null || true
export REGISTRY_TEST_CLUSTER NUMBA_CACHE_DIR
.venv/bin/python -m pytest -n auto --dist worksteal --durations=20 "$@"
