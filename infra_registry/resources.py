"""Folders of files that ship with the code, in a checkout and in an installed wheel alike.

``data``, ``migrations`` and ``web`` are packages beside this one; nothing else may work out where they lie.
"""

from importlib.resources import files
from pathlib import Path

DATA = Path(str(files("data")))
COVERAGE_DATA = DATA / "coverage"
MIGRATIONS = Path(str(files("migrations")))
WEB = Path(str(files("web")))
STATIC = WEB / "static"
VENDOR = STATIC / "vendor"
# SHA-256 and path below ``VENDOR`` of every file, a line each, as the command sha256sum writes them.
VENDOR_HASHES = WEB / "vendor.sha256"
