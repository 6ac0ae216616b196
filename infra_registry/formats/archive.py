"""ZIP containers, looked at before anything in them is trusted."""

import io
import zipfile
import zlib

from infra_registry.formats.errors import FormatError
from infra_registry.formats.table import Caps

BLOCK = 1 << 20
SMALL = 1 << 20


def checked(data: bytes, caps: Caps) -> zipfile.ZipFile:
    """Open a ZIP after its directory, and then every inflated byte, has been found within the caps.

    A directory may lie about sizes, so members are inflated once with a counter and their checksums compared.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise FormatError("format.zip", value=str(error)[:120]) from error
    members = archive.infolist()
    if len(members) > caps.max_members:
        raise FormatError("format.zip_members", value=len(members), expected=caps.max_members)
    if any(member.flag_bits & 0x1 for member in members):
        raise FormatError("format.encrypted")
    stated = sum(member.file_size for member in members)
    if stated > caps.max_inflated:
        raise FormatError("format.zip_bomb", value=stated >> 20, expected=caps.max_inflated >> 20)
    for member in members:
        if member.file_size > SMALL and member.file_size > caps.max_ratio * max(member.compress_size, 1):
            ratio = member.file_size // max(member.compress_size, 1)
            raise FormatError("format.zip_ratio", value=ratio, expected=caps.max_ratio)
    _inflate(archive, members, caps)
    return archive


def _inflate(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], caps: Caps) -> None:
    total = 0
    try:
        for member in members:
            with archive.open(member) as stream:
                while block := stream.read(BLOCK):
                    total += len(block)
                    if total > caps.max_inflated:
                        raise FormatError(
                            "format.zip_bomb", value=total >> 20, expected=caps.max_inflated >> 20
                        )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise FormatError("format.zip", value=str(error)[:120]) from error
