"""Headers, code words and names of parts, compared as people write them."""

import re
import unicodedata
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache


@lru_cache(maxsize=4096)  # a mapping's headers are looked up for every row
def plain(word: str) -> str:
    """A header or code word without case, accents, line breaks and punctuation: ``Numéro de\\nsupport`` is
    ``numero de support``."""
    folded = unicodedata.normalize("NFKD", word.replace("œ", "oe").replace("’", "'")).casefold()
    kept = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return " ".join(re.findall(r"\w+", kept.replace("_", " ")))


def fits(name: str, patterns: Iterable[str]) -> bool:
    """True when the name of a part fits a pattern with ``*``; spaces do not count."""
    compared = plain(name).replace(" ", "")
    return any(
        fnmatchcase(compared, "*".join(plain(piece).replace(" ", "") for piece in pattern.split("*")))
        for pattern in patterns
    )
