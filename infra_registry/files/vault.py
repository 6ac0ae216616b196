"""A content-addressed store below one directory: the name of a file is the SHA-256 of its bytes."""

import os
import re
import tempfile
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import IO

from infra_registry.errors import NoRoom, NotFound, RegistryError

BLOCK = 1 << 20
MAX_NAME = 120
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Folder(StrEnum):
    """Classes of files; each has its own folder, so that each can be guarded and kept by its own rules."""

    UPLOADS = "uploads"
    EVIDENCE = "evidence"
    EXPORTS = "exports"
    RASTERS = "rasters"


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored file: SHA-256 in hex, size in bytes, and the sender's name for it, which is only text."""

    digest: str
    byte_count: int
    name: str


def keep(files_dir: Path, folder: Folder, stream: IO[bytes], *, name: str, cap: int) -> Kept:
    """Store a stream; it is whole on disk under its hash when this returns.

    Raises RegistryError ``file.too_large`` past ``cap`` bytes and ``file.empty``, NoRoom ``file.no_room`` on a full
    disk; nothing stays behind then.
    """
    try:
        return _kept(files_dir / folder.value, stream, name, cap)
    except OSError as error:
        if NoRoom.explains(error):
            raise NoRoom("file.no_room") from error
        raise


def _kept(target: Path, stream: IO[bytes], name: str, cap: int) -> Kept:
    target.mkdir(parents=True, exist_ok=True, mode=0o750)
    with tempfile.NamedTemporaryFile(dir=target, prefix=".part-", delete=False) as part:
        try:
            digest, total = _copy(stream, part, name=safe_name(name), cap=cap)
            part.flush()
            os.fsync(part.fileno())
            _put(Path(part.name), _place(target, digest))
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise
    return Kept(digest, total, safe_name(name))


def _copy(stream: IO[bytes], part: IO[bytes], *, name: str, cap: int) -> tuple[str, int]:
    """Copy block by block, counting and hashing: the hash in hex and the number of bytes."""
    digest, total = sha256(), 0
    while block := stream.read(BLOCK):
        total += len(block)
        if total > cap:
            raise RegistryError("file.too_large", value=name, expected=cap >> 20)
        digest.update(block)
        part.write(block)
    if total == 0:
        raise RegistryError("file.empty", name=name)
    return digest.hexdigest(), total


def path_of(files_dir: Path, folder: Folder, digest: str) -> Path:
    """Where a stored file lies. Raises NotFound ``file.missing``."""
    if not _DIGEST.fullmatch(digest):
        raise NotFound("file.missing", digest=digest[:80])
    path = _place(files_dir / folder.value, digest)
    if not path.is_file():
        raise NotFound("file.missing", digest=digest)
    return path


def safe_name(name: str) -> str:
    """A sender's file name as harmless text: the last path part, no control characters, at most 120 long."""
    last = re.split(r"[\\/]", name)[-1]
    shown = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C")
    shown = shown.strip(" .")
    if len(shown) > MAX_NAME:
        stem, dot, ending = shown.rpartition(".")
        tail = dot + ending if 0 < len(ending) <= 8 else ""
        shown = (stem or shown)[: MAX_NAME - len(tail)] + tail
    return shown or "file"


def _place(folder: Path, digest: str) -> Path:
    return folder / digest[:2] / digest


def _put(part: Path, place: Path) -> None:
    """Move a finished file to its place so that it is there, whole, even after a power cut."""
    place.parent.mkdir(exist_ok=True, mode=0o750)
    part.chmod(0o640)
    part.replace(place)
    for directory in (place.parent, place.parent.parent):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
