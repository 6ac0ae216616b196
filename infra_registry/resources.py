"""Folders of files that ship with the code, in a checkout and in an installed wheel alike.

``data``, ``migrations`` and ``web`` are packages beside this one; nothing else may work out where they lie.
"""

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

DATA = Path(str(files("data")))
COVERAGE_DATA = DATA / "coverage"
MIGRATIONS = Path(str(files("migrations")))
WEB = Path(str(files("web")))
STATIC = WEB / "static"
VENDOR = STATIC / "vendor"
# SHA-256 and path below ``VENDOR`` of every file, a line each, as the command sha256sum writes them.
VENDOR_HASHES = WEB / "vendor.sha256"


def tables(path: Path) -> dict[str, Any]:
    """The tables of a TOML file that ships. Raises ValueError naming file and line."""
    return tables_in(path.read_bytes(), path.name)


def tables_in(content: bytes, name: str) -> dict[str, Any]:
    """The tables of what was read from a TOML file. Raises ValueError naming file and line."""
    try:
        return tomllib.loads(content.decode("utf-8"))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
