"""A folder with a secret for each part of a case, shared by all servers, outside the database; none is half-written."""

import os
import secrets
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


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
