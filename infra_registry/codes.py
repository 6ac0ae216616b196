"""Public codes: one alphabet, a letter for each thing, how codes are drawn and how typed ones are read. Pure.

A code is a letter, a dash and random letters and digits, such as ``T-7K2M9Q4XRT``: it tells neither order nor count.
No two things share a letter; consents have two letters. Numbers of cases and letters never change: they are bound
into the encryption of what was written and stand on paper. Rooms, cables, works, jobs, coverage runs, campaigns,
claims and grants had letters that other things have as well (``FORMER``); revision 0005 gave them their own and keeps
each old code in ``code_alias``. J and N belong to nothing any more and stay free, because old codes with them still
resolve.
"""

import secrets
import unicodedata
from dataclasses import dataclass

# Crockford's 32 letters and digits, 5 bits each: no I, L, O or U to misread, mishear or mistype.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUP = 4
MOST_TYPED = 200
_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})


@dataclass(frozen=True, slots=True)
class Series:
    """The codes of one sort of thing: the letter, how many random signs, and whether they stand in groups of four."""

    letter: str
    length: int = 10
    groups: bool = False

    def code(self, body: str) -> str:
        """The code with these signs after the letter."""
        return f"{self.letter}-{grouped(body) if self.groups else body}"


SERIES = {
    "tower": Series("T"),
    "base_station": Series("B"),
    "duct": Series("D"),
    "chamber": Series("C"),
    "cable": Series("F"),  # fibre
    "pole": Series("P"),
    "room": Series("M"),  # machine room
    "wifi_zone": Series("W"),
    "public_building": Series("G"),
    "premises": Series("E"),
    "party": Series("U"),
    "grant": Series("V"),  # view
    "agreement": Series("A"),
    "works": Series("S"),  # site
    "key_area": Series("K"),
    "opening": Series("O"),
    "campaign": Series("Z", length=8),
    "letter": Series("L", length=8),
    "case": Series("R", length=8, groups=True),
    "import": Series("I"),
    "job": Series("Q"),  # queue
    "run": Series("X"),
    "claim": Series("Y"),
    "challenge": Series("H"),
    "consent": Series("YN"),  # yes or no; no single letter is left
}
# The letter of codes given before revision 0005; their other signs are the same as today's.
FORMER = {
    "room": "R",
    "cable": "L",
    "works": "J",
    "job": "J",
    "run": "N",
    "campaign": "N",
    "claim": "L",
    "grant": "G",
}


def new(thing: str) -> str:
    """A code drawn at random for a thing named in ``SERIES``."""
    series = SERIES[thing]
    return series.code(draw(series.length))


def from_digest(thing: str, digest: bytes) -> str:
    """The code that belongs to a digest: the same each time, in no order."""
    series = SERIES[thing]
    return series.code("".join(ALPHABET[byte % 32] for byte in digest[: series.length]))


def read(thing: str, typed: str) -> str:
    """A code as a person typed it (any case and spaces, with or without the letter), in the form it is stored.

    Text that cannot be such a code is returned as it was, cut to 40 characters.
    """
    series = SERIES[thing]
    upper = unicodedata.normalize("NFKC", typed[:MOST_TYPED]).upper().strip()
    body = plain(upper)
    if len(body) > series.length:  # the letter may be a sign of the code as well
        body = plain(upper.removeprefix(series.letter))
    return series.code(body) if len(body) == series.length else typed[:40]


def draw(length: int) -> str:
    """So many random signs of the alphabet."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def plain(typed: str) -> str:
    """The signs of a typed text without case, spaces, dashes, width, or the difference of O and 0, I, L and 1."""
    upper = unicodedata.normalize("NFKC", typed[:MOST_TYPED]).upper().translate(_ALIKE)
    return "".join(sign for sign in upper if sign in ALPHABET)


def grouped(text: str) -> str:
    """The text in groups of four, with dashes."""
    return "-".join(text[start : start + GROUP] for start in range(0, len(text), GROUP))


def formerly(code: str) -> list[str]:
    """The things of ``FORMER`` that may have had such a code before revision 0005."""
    letter, dash, body = code.strip().upper().partition("-")
    if not dash or not set(body) <= set(ALPHABET):
        return []
    return [thing for thing, old in FORMER.items() if letter == old and len(body) == SERIES[thing].length]
