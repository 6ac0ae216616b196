"""A folder with a secret for each part of a case, shared by all servers, outside the database; none is half-written."""

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

SECRET_BYTES = 32


def make(folder: Path, name: str) -> bytes:
    """The secret of this name, made where there is none; file and folder are synced before this returns."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{secrets.token_hex(8)}"
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(secrets.token_bytes(SECRET_BYTES))
            stream.flush()
            os.fsync(stream.fileno())
        os.link(draft, folder / name)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
    _sync(folder)
    return (folder / name).read_bytes()


def read(folder: Path, name: str) -> bytes | None:
    """The secret of this name, None where there is none."""
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError:
        return None


def destroy(folder: Path, name: str) -> bool:
    """Take the secret away for good; False where there is none."""
    try:
        (folder / name).unlink()
    except FileNotFoundError:
        return False
    _sync(folder)
    return True


def names(folder: Path) -> list[str]:
    """The names of all secrets; none where there is no folder."""
    return [path.name for path in folder.iterdir() if path.name[0] != "."] if folder.is_dir() else []


def copy(folder: Path, target: Path) -> int:
    """Copy all secrets into a new folder, which has its name only when it is whole and synced; how many."""
    draft = target.with_name(f".{target.name}")
    draft.mkdir(mode=0o700, parents=True)
    for name in names(folder):
        with suppress(FileNotFoundError):  # erased meanwhile
            _sync(Path(shutil.copy(folder / name, draft)))
    _sync(draft)
    draft.rename(target)
    _sync(target.parent)
    return len(names(target))


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
