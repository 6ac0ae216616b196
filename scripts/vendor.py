#!/usr/bin/env python3
"""Copies the browser libraries the pages use from npm packages into web/static/vendor, checked.

Needs only the standard library and npm. Every file's SHA-256 must match web/vendor.sha256; nothing is
copied when all files are already there and match, so a machine with a filled vendor folder needs no npm.

    python3 scripts/vendor.py            fill web/static/vendor
    python3 scripts/vendor.py --check    only say whether it is complete and unchanged
    python3 scripts/vendor.py --update   after a version change: accept the new files into the list
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
MODULES = WEB / "node_modules"
VENDOR = WEB / "static" / "vendor"
HASHES = WEB / "vendor.sha256"
STAMP = ".installed-from"

# package -> files inside it; a file lands at <package>/<its name>, or below images/ when it came from there.
FILES: dict[str, tuple[str, ...]] = {
    "maplibre-gl": (
        "dist/maplibre-gl.mjs",
        "dist/maplibre-gl-worker.mjs",
        "dist/maplibre-gl.css",
        "LICENSE.txt",
    ),
    "bootstrap": ("dist/css/bootstrap.min.css", "LICENSE"),
    "htmx.org": ("dist/htmx.min.js", "LICENSE"),
    "leaflet": (
        "dist/leaflet.js",
        "dist/leaflet.css",
        "dist/images/layers.png",
        "dist/images/layers-2x.png",
        "dist/images/marker-icon.png",
        "dist/images/marker-icon-2x.png",
        "dist/images/marker-shadow.png",
        "LICENSE",
    ),
    "leaflet.markercluster": (
        "dist/leaflet.markercluster.js",
        "dist/MarkerCluster.css",
        "dist/MarkerCluster.Default.css",
        "MIT-LICENCE.txt",
    ),
    "pmtiles": ("dist/pmtiles.js",),
    "axe-core": ("axe.min.js", "locales/zh_CN.json", "LICENSE"),
}


class VendorError(Exception):
    """What is wrong and what to do about it, in one sentence each."""


def target_of(package: str, source: str) -> str:
    """Where a package's file lands below the vendor folder."""
    path = Path(source)
    folder = "images/" if path.parent.name == "images" else ""
    return f"{package}/{folder}{path.name}"


def targets() -> dict[str, tuple[str, str]]:
    """Every vendored file: target -> (package, path inside the package)."""
    pairs = [(package, source) for package, sources in FILES.items() for source in sources]
    return {target_of(package, source): (package, source) for package, source in pairs}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_hashes(path: Path) -> dict[str, str]:
    """The committed list, ``<sha256>  <target>`` a line, as the sha256sum command writes it."""
    if not path.is_file():
        raise VendorError(f"{path} is missing. Restore it from version control.")
    pairs = (line.split(maxsplit=1) for line in path.read_text("utf-8").splitlines() if line.strip())
    return {target.strip(): value for value, target in pairs}


def faults(folder: Path, expected: dict[str, str]) -> list[str]:
    """What is missing, changed or unlisted in the folder; empty when all is well."""
    found = []
    for target in targets():
        path = folder / target
        if target not in expected:
            found.append(f"{target}: not in the list of hashes")
        elif not path.is_file():
            found.append(f"{target}: missing")
        elif digest(path) != expected[target]:
            found.append(f"{target}: differs from the list of hashes")
    return found


def install(web: Path) -> None:
    """Runs ``npm ci`` unless node_modules already holds what package-lock.json says."""
    lock = digest(web / "package-lock.json")
    stamp = web / "node_modules" / STAMP
    if stamp.is_file() and stamp.read_text("utf-8") == lock:
        return
    npm = shutil.which("npm")
    if npm is None:
        raise VendorError(
            "npm was not found. Install Node.js 20 or newer with npm (Debian: apt-get install nodejs npm), "
            "or copy a filled web/static/vendor from another machine."
        )
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=web, check=False)
    if done.returncode != 0:
        raise VendorError(f"npm ci failed with exit code {done.returncode}; its messages stand above.")
    stamp.write_text(lock, "utf-8")


def copy(modules: Path, folder: Path) -> None:
    """Fills the folder anew, so that files of an older version do not linger."""
    shutil.rmtree(folder, ignore_errors=True)
    for target, (package, source) in targets().items():
        origin = modules / package / source
        if not origin.is_file():
            raise VendorError(f"{package} has no file {source}; see FILES in scripts/vendor.py.")
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(origin, folder / target)


def write_manifest(modules: Path, folder: Path) -> None:
    """What is served, from which package, version and licence: for the about page and for audits."""
    packages = {}
    for package in FILES:
        about = json.loads((modules / package / "package.json").read_text("utf-8"))
        mine = sorted(target for target, (owner, _) in targets().items() if owner == package)
        packages[package] = {
            "version": about["version"],
            "licence": about.get("license", ""),
            "files": {target: digest(folder / target) for target in mine},
        }
    text = json.dumps(packages, indent=2, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_text(text, "utf-8")


def fill(update: bool) -> str:
    """Brings web/static/vendor up to date and returns what was done."""
    if not update and (VENDOR / "manifest.json").is_file() and not faults(VENDOR, read_hashes(HASHES)):
        return "vendor files are up to date"
    install(WEB)
    copy(MODULES, VENDOR)
    if update:
        lines = (f"{digest(VENDOR / target)}  {target}\n" for target in sorted(targets()))
        HASHES.write_text("".join(lines), "utf-8")
    wrong = faults(VENDOR, read_hashes(HASHES))
    if wrong:
        shutil.rmtree(VENDOR)
        raise VendorError("vendor files do not match web/vendor.sha256:\n  " + "\n  ".join(wrong))
    write_manifest(MODULES, VENDOR)
    return f"{len(targets())} vendor files copied and checked"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Copies browser libraries from npm into web/static/vendor.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when a file is missing")
    parser.add_argument("--update", action="store_true", help="accept the installed files into vendor.sha256")
    options = parser.parse_args(arguments)
    try:
        if options.check:
            wrong = faults(VENDOR, read_hashes(HASHES))
            print("\n".join(wrong) or "vendor files are complete and unchanged")
            return 1 if wrong else 0
        print(fill(options.update))
    except VendorError as problem:
        print(f"vendor: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
