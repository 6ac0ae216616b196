"""Find PostgreSQL server programs that have PostGIS."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from infra_registry.errors import RegistryError

MINIMUM_MAJOR = 15
DEBIAN_LAYOUT = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class Binaries:
    """Server programs of one PostgreSQL major version, and the PostGIS that belongs to them."""

    directory: Path
    major: int
    version: str
    postgis: str | None

    def program(self, name: str) -> str:
        """The full path of one program, as text for an argument list."""
        return str(self.directory / name)


def find_binaries(major: int | None = None) -> Binaries:
    """The newest usable server, or the one of exactly ``major``.

    Raises RegistryError ``cluster.no_server`` when none is installed, ``cluster.wrong_major`` when
    not the wanted one, ``cluster.no_postgis`` when a server is there and PostGIS is not.
    """
    candidates = [b for b in installed() if b.major >= MINIMUM_MAJOR]
    if not candidates:
        raise RegistryError("cluster.no_server", minimum=MINIMUM_MAJOR, need="postgresql postgis")
    if major is not None:
        candidates = [b for b in candidates if b.major == major]
        if not candidates:
            raise RegistryError("cluster.wrong_major", major=major, need=f"postgresql-{major}-postgis-3")
    for candidate in candidates:
        if candidate.postgis:
            return candidate
    raise RegistryError("cluster.no_postgis", need=f"postgresql-{candidates[0].major}-postgis-3")


def installed() -> list[Binaries]:
    """Every server found on this machine, newest first, one per directory."""
    directories = sorted(DEBIAN_LAYOUT.glob("*/bin"))
    for program in ("pg_config", "postgres"):
        path = shutil.which(program)
        if path is not None:
            directories.append(_bindir(path) if program == "pg_config" else Path(path).resolve().parent)
    unique = dict.fromkeys(d for d in directories if (d / "initdb").exists() and (d / "postgres").exists())
    return sorted((_describe(d) for d in unique), key=lambda b: b.major, reverse=True)


def _bindir(pg_config: str) -> Path:
    return Path(_output(pg_config, "--bindir"))


def _describe(directory: Path) -> Binaries:
    version = _output(str(directory / "postgres"), "--version").split()[2]
    digits = re.match(r"\d+", version)
    major = int(digits.group()) if digits else 0
    return Binaries(directory, major, version, _postgis_version(directory, major))


def _postgis_version(directory: Path, major: int) -> str | None:
    own = directory / "pg_config"
    share = Path(_output(str(own), "--sharedir")) if own.exists() else Path(f"/usr/share/postgresql/{major}")
    control = share / "extension" / "postgis.control"
    if not control.exists():
        return None
    match = re.search(r"default_version\s*=\s*'([^']+)'", control.read_text(encoding="utf-8"))
    return match.group(1) if match else None


def _output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()
