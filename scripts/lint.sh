#!/bin/sh
# Style and types of the whole tree; the import layers are a contract test.
set -eu
cd "$(dirname "$0")/.."
.venv/bin/ruff check .
.venv/bin/ruff format --check --quiet .
.venv/bin/mypy
