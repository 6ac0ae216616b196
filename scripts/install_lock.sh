#!/bin/sh
# install_lock.sh VENV LOCK: installs into the virtual environment VENV exactly what LOCK lists.
# A lock is complete, so nothing is left to resolve. Without --no-deps, pip 23.0 to 23.2 takes an extra
# (apiflask asks for pydantic[email]) for unpinned as soon as the index serves a newer release, and refuses.
set -eu

venv=$1
lock=$2
python="$venv/bin/python"

"$python" -m pip install --quiet --disable-pip-version-check --no-input \
    --no-deps --require-hashes -r "$lock"
"$python" -m pip check --quiet --disable-pip-version-check
