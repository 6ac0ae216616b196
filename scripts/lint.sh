#!/bin/sh
# Style, types and import layers of the whole tree.
set -eu
cd "$(dirname "$0")/.."
.venv/bin/ruff check .
.venv/bin/mypy
.venv/bin/lint-imports --no-cache
