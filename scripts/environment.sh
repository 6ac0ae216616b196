#!/bin/sh
# environment.sh VENV LOCK: installs into the virtual environment VENV exactly what LOCK lists, and makes VENV
# first where it is missing. The lock is complete, so nothing is resolved: without --no-deps, pip 23.0 to 23.2
# takes an extra (pydantic[email]) for an unpinned requirement as soon as the index serves a newer release.
set -eu

venv=$1
lock=$2
stamp="$venv/.installed-$(basename "$lock")"

python_fits() {
    "$1" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for candidate in python3 /usr/bin/python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null 2>&1 && python_fits "$candidate"; then
            echo "$candidate"
            return
        fi
    done
}

# "environment.sh --python" prints the interpreter that would be used, or nothing.
if [ "$venv" = --python ]; then
    find_python
    exit
fi
