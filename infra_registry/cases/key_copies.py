"""Backups of the folder of secrets: apart from the database's, and none older than 30 days."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from infra_registry.cases import secrets_folder
from infra_registry.config import Settings
from infra_registry.errors import RegistryError

KEPT = timedelta(days=30)  # told to reporters
BETWEEN_JOBS = timedelta(hours=1)  # what would grow older than KEPT before the next one is ended now
STAMP = "%Y%m%dT%H%M%SZ"
NAME = re.compile(r"\.?case-keys-(\d{8}T\d{6}Z)")  # with a point: not finished


@dataclass(frozen=True, slots=True)
class Saved:
    """A backup that was made, with how many secrets, and how many older ones were removed."""

    directory: str
    secrets: int
    removed: int


def save(settings: Settings, into: Path, now: datetime) -> Saved:
    """Copy the secrets into a new folder below ``into``, synced, and remove what there has become too old.

    Raises RegistryError ``keys.backup.empty`` where there are no secrets, ``keys.backup.together`` where ``into`` is
    part of a backup of the database, of what such a backup copies, or of the folder of secrets itself.
    """
    folder, into = settings.case_keys_dir, into.absolute()
    taken = (settings.files_dir, folder, settings.var_dir / "backups")
    beside = list(into.iterdir()) if into.is_dir() else []
    if any(into.is_relative_to(path) for path in taken) or any(
        map(_is_database_backup, (into, *into.parents, *beside))
    ):
        raise RegistryError("keys.backup.together", path=str(into))
    if not secrets_folder.names(folder):
        raise RegistryError("keys.backup.empty", path=str(folder))
    target = into / f"case-keys-{now.astimezone(UTC).strftime(STAMP)}"
    count = secrets_folder.copy(folder, target)
    return Saved(str(target), count, end_old(into, now))


def end_old(into: Path, now: datetime) -> int:
    """Remove backups of the secrets that are as old as they may become; how many."""
    old = [path for at, path in _dated(into) if now - at > KEPT - BETWEEN_JOBS]
    for path in old:
        shutil.rmtree(path)
    return len(old)


def newest(into: Path) -> datetime | None:
    """When the last finished backup here was made; None where there is none."""
    return max((at for at, path in _dated(into) if not path.name.startswith(".")), default=None)


def refuse_among(database_backup: Path) -> None:
    """Raise RegistryError ``keys.backup.among`` where a backup of the database would stand with one of secrets."""
    if any(True for path in (database_backup, database_backup.parent) for _ in _dated(path)):
        raise RegistryError("keys.backup.among", path=str(database_backup))


def _dated(into: Path) -> Iterator[tuple[datetime, Path]]:
    for path in into.iterdir() if into.is_dir() else ():
        if matched := NAME.fullmatch(path.name):
            yield datetime.strptime(matched[1], STAMP).replace(tzinfo=UTC), path


def _is_database_backup(directory: Path) -> bool:
    return (directory / "manifest.json").exists() and (directory / "database").exists()
