"""In which encoding a text file is written, and how sure that is."""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass

from infra_registry.formats.errors import FormatError

SAMPLE = 1 << 20
SURE = 0.9


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text, the encoding it was read in, and the confidence (0 … 1) in that."""

    text: str
    encoding: str
    confidence: float


def decode(data: bytes) -> Decoded:
    """Decode the bytes of a text file; FormatError ``format.binary`` when they are not text.

    A byte-order mark or valid UTF-8 decides. Else it is GB 18030 when nearly all two-byte characters lie where
    common Chinese ones do, else Latin-1, whose every byte means something, so confidence is lower.
    """
    if data.startswith(BOM_UTF8):
        return _strict(data, "utf-8-sig")
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return _strict(data, "utf-16")
    if b"\0" in data[:SAMPLE]:
        raise FormatError("format.binary")
    try:
        return Decoded(data.decode("utf-8"), "utf-8", 1.0)
    except UnicodeDecodeError:
        share = _common_chinese(data[:SAMPLE])
    if share >= SURE:
        try:
            return Decoded(data.decode("gb18030"), "gb18030", round(share, 2))
        except UnicodeDecodeError:
            share = 0.5
    return Decoded(data.decode("latin-1"), "latin-1", round(min(0.8, max(0.5, 1 - share)), 2))


def _strict(data: bytes, encoding: str) -> Decoded:
    try:
        return Decoded(data.decode(encoding), encoding, 1.0)
    except UnicodeDecodeError as error:
        raise FormatError("format.encoding", value=f"{encoding}, {error.start}") from error


def _common_chinese(data: bytes) -> float:
    """Share of high bytes that begin a pair in the region of GB 2312's signs and Han characters."""
    pairs = common = i = 0
    while i < len(data):
        if data[i] < 0x80:
            i += 1
            continue
        pairs += 1
        if i + 1 < len(data) and 0xA1 <= data[i] <= 0xF7 and data[i + 1] >= 0xA1:
            common += 1
        i += 2
    return common / pairs if pairs else 0.0
