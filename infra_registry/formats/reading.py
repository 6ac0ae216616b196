"""Choosing the reader of a file by its first bytes, then by the ending of its name."""

from pathlib import PurePath

from infra_registry.formats.archive import checked
from infra_registry.formats.csvfile import read_csv
from infra_registry.formats.errors import FormatError
from infra_registry.formats.geojson import read_geojson
from infra_registry.formats.table import Caps, Part
from infra_registry.formats.xlsx import read_xlsx

ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".geojson", ".json", ".zip")


def read(data: bytes, name: str, *, caps: Caps | None = None, header_row: int = 1) -> list[Part]:
    """The parts of a file: a table, the sheets of a workbook, a layer, or all files of a ZIP.

    Raises FormatError; caps are checked before parsing.
    """
    caps = caps or Caps()
    if len(data) > caps.max_bytes:
        raise FormatError("file.too_large", value=name, expected=caps.max_bytes >> 20)
    stem = PurePath(name).stem
    if data[:4] == b"PK\x03\x04":
        if name.lower().endswith(".zip"):
            return _members(data, caps, header_row)
        return read_xlsx(data, caps, header_row=header_row)
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise FormatError("format.old_excel")
    if name.lower().endswith((".geojson", ".json")) or data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return [read_geojson(data, stem, caps)]
    return [read_csv(data, stem, caps, header_row=header_row)]


def _members(data: bytes, caps: Caps, header_row: int) -> list[Part]:
    parts: list[Part] = []
    with checked(data, caps) as archive:
        for member in archive.infolist():
            if member.is_dir():
                continue
            if not member.filename.lower().endswith(ENDINGS[:-1]):
                raise FormatError("format.zip_member", value=member.filename[:80], expected=" ".join(ENDINGS))
            parts += read(
                archive.read(member), PurePath(member.filename).name, caps=caps, header_row=header_row
            )
    if not parts:
        raise FormatError("format.zip_empty")
    return parts
