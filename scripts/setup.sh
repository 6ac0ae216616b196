#!/bin/sh
# Prepares this checkout on a Debian or Ubuntu machine: system packages (as root), the Python
# environment from the hash lock, the browser libraries. Does only what is missing.
#
#   scripts/setup.sh          what running the register needs
#   scripts/setup.sh dev      and what the tests need
#   scripts/setup.sh bench    and the tile server the benchmarks compare with
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
mode=${1:-run}
case $mode in run | dev | bench) ;; *) echo "usage: scripts/setup.sh [run|dev|bench]" >&2; exit 2 ;; esac

have() { command -v "$1" >/dev/null 2>&1; }

python_fits() {
    "$1" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for candidate in python3 /usr/bin/python3 python3.14 python3.13 python3.12 python3.11; do
        if have "$candidate" && python_fits "$candidate"; then
            echo "$candidate"
            return
        fi
    done
}

# Major version of the newest PostgreSQL (15 or newer) that has the wanted extension file; the
# second argument is the file below share/, "" for the server alone.
server_major() {
    for bin in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -t/ -k5 -nr); do
        major=${bin#/usr/lib/postgresql/}
        major=${major%/bin}
        if [ ! -x "$bin/postgres" ] || [ "$major" -lt 15 ]; then continue; fi
        if [ -z "$1" ] || [ -e "/usr/share/postgresql/$major/$1" ]; then
            echo "$major"
            return
        fi
    done
}

have_postgis() {
    [ -n "${DATABASE_URL:-}" ] || [ -n "$(server_major extension/postgis.control)" ] || pg_config_has_postgis
}

# A server that was not installed from Debian's packages.
pg_config_has_postgis() {
    have pg_config && [ -x "$(pg_config --bindir)/postgres" ] && [ -e "$(pg_config --sharedir)/extension/postgis.control" ]
}

# The browser driver of the tests is linked against it.
have_libatomic() {
    [ -n "$(find /usr/lib /lib -name 'libatomic.so.1*' -print -quit 2>/dev/null)" ]
}

have_cjk_font() {
    [ -n "$(find /usr/share/fonts /usr/local/share/fonts -iname 'NotoSansCJK*' -print -quit 2>/dev/null)" ]
}

postgis_package() {
    major=$(server_major "")
    if [ -n "$major" ]; then
        echo "postgresql-$major-postgis-3"
    else
        # The distribution's own version, whatever it is.
        apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9][0-9]*\)$/postgresql-\1 postgresql-\1-postgis-3/p' | head -n 1
    fi
}

missing_packages() {
    [ -x .venv/bin/python ] || [ -n "$(find_python)" ] || echo python3-venv
    have_postgis || echo postgis-of-the-server
    have_cjk_font || echo fonts-noto-cjk
    if ! vendored; then
        have npm || echo "nodejs npm"
    fi
    if [ "$mode" != run ]; then
        provider_installed || have npm || echo "nodejs npm"
        have chromium || have chromium-browser || have google-chrome || echo chromium
        have_libatomic || echo libatomic1
        have nginx || [ -x /usr/sbin/nginx ] || echo nginx-light
    fi
}

vendored() {
    [ -x .venv/bin/python ] && .venv/bin/python scripts/vendor.py --check >/dev/null 2>&1
}

# The identity provider of the tests.
provider_installed() {
    cmp -s tests/provider/package-lock.json tests/provider/node_modules/.installed-from
}

# Installing Debian's server package would create and start a cluster nobody asked for. The
# setting is written only where PostgreSQL's tooling is not there yet: later it is the owner's.
prevent_system_cluster() {
    if [ ! -d /etc/postgresql-common ]; then
        mkdir -p /etc/postgresql-common
        echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
    fi
}

install_packages() {
    echo "Installing from the distribution: $*"
    apt-get update -q >/dev/null
    prevent_system_cluster
    wanted=""
    for name in "$@"; do
        [ "$name" = postgis-of-the-server ] && name=$(postgis_package)
        wanted="$wanted $name"
    done
    # The configuration file written above must not stop the installation with a question.
    # At run level 1 no service is started: nginx is wanted for the tests, not on port 80.
    # shellcheck disable=SC2086  # a list of package names
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        -o Dpkg::Options::=--force-confold $wanted >/dev/null
}

system_packages() {
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" = 0 ] && have apt-get; then
        # shellcheck disable=SC2086  # a list of package names
        install_packages $missing
        return
    fi
    named=$(echo "$missing" | sed "s/postgis-of-the-server/$(postgis_package)/" | tr '\n' ' ')
    echo "Missing on this machine: $named" >&2
    echo "Install it as root:  apt-get install --no-install-recommends $named" >&2
    # Fonts, and a browser and a proxy for the tests, can be done without; the rest cannot.
    if echo "$missing" | grep -qvxE 'fonts-noto-cjk|chromium|libatomic1|nginx-light'; then
        exit 1
    fi
}

# environment VENV LOCK: a virtual environment that holds exactly what the lock says.
environment() {
    venv=$1
    lock=$2
    stamp="$venv/.installed-$(basename "$lock")"
    if [ ! -x "$venv/bin/python" ]; then
        rm -rf "$venv"
        "$(find_python)" -m venv "$venv"
    fi
    if ! cmp -s "$lock" "$stamp"; then
        echo "Installing Python packages from $lock"
        sh scripts/install_lock.sh "$venv" "$lock"
        cp "$lock" "$stamp"
    fi
}

# The project itself: entry point and metadata, its code stays where it is.
project() {
    if ! cmp -s pyproject.toml .venv/.installed-pyproject.toml || [ ! -x .venv/bin/infra-registry ]; then
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
            --no-build-isolation --no-deps -e .
        cp pyproject.toml .venv/.installed-pyproject.toml
    fi
}

system_packages
environment .venv requirements.lock
[ "$mode" = run ] || environment .venv requirements-dev.lock
project
vendored || .venv/bin/python scripts/vendor.py
if [ "$mode" != run ] && ! provider_installed; then
    (cd tests/provider && npm ci --loglevel=error >/dev/null && cp package-lock.json node_modules/.installed-from)
fi
[ "$mode" != bench ] || environment .venv-bench requirements-bench.lock
