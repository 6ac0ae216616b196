"""Names of organisations compared as a person would: branches, short names and other spellings are the same."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from infra_registry.resources import DATA, tables

SHORTEST = 2  # signs of a name in Chinese that may be held by a longer one
SHORTEST_LATIN = 4
_SUFFIX = "(省|市|自治区|自治州|地区|区|县)?"
_LATIN = re.compile(r"[a-z0-9 ]+\Z")


def same(first: str, second: str, areas: Iterable[str] = ()) -> bool:
    """True when two names may be those of one organisation. ``areas`` are place names that tell branches apart.

    Errs towards True: somebody else then handles the case.
    """
    left, right = (_core(_folded(name), frozenset(areas)) for name in (first, second))
    if not left or not right:
        return False
    short, long = sorted((left, right), key=len)
    if short == long:
        return True
    if _LATIN.match(short):
        return len(short) >= SHORTEST_LATIN and f" {short} " in f" {long} "
    return len(short) >= SHORTEST and short in long


def _folded(name: str) -> str:
    """Letters and figures alone, in one width and case; words in Latin script parted by one space."""
    text = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(re.sub(r"[\W_]+", " ", text).split())


@cache
def _core(folded: str, areas: frozenset[str]) -> str:
    """What is left of a folded name without legal forms, places and words that many share; all, where nothing is."""
    lists = tables(DATA / "access" / "names.toml")
    without_form = _without(folded, lists["forms"])
    places = {*lists["places"], *lists["provinces"], *(_folded(area) for area in areas)}
    without_place = _without(without_form, places, suffix=_SUFFIX) or without_form
    return _without(without_place, lists["common"]) or without_place


def _without(text: str, words: Iterable[str], *, suffix: str = "") -> str:
    for word in sorted(words, key=len, reverse=True):
        pattern = rf"\b{re.escape(word)}\b" if _LATIN.match(word) else re.escape(word) + suffix
        text = re.sub(pattern, " ", text)
    shorter = " ".join(text.split())
    return shorter if _LATIN.match(shorter) else shorter.replace(" ", "")
