"""The unified social credit code of Chinese organisations (GB 32100-2015): 18 characters, the last a check.

Pure. Positions count from 1, as the standard does: 1 registering department, 2 class, 3–8 division
(GB/T 2260), 9–17 organisation code, 18 check character.
"""

from infra_registry.errors import Fault

LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I, O, S, V and Z, which are misread
DEPARTMENTS = "123456789ANY"
LENGTH = 18
_VALUE = {letter: value for value, letter in enumerate(LETTERS)}
_WEIGHTS = tuple(pow(3, place, 31) for place in range(LENGTH - 1))


def normal(text: str) -> str:
    """The code as it is stored: capital, half-width, without blanks and hyphens."""
    narrow = "".join(chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) <= 0xFF5E else c for c in text)
    return "".join(c for c in narrow.upper() if not c.isspace() and c != "-")


def check_character(first_17: str) -> str:
    """The check character that belongs to the first 17; raises KeyError for a letter the code does not have."""
    total = sum(_VALUE[letter] * weight for letter, weight in zip(first_17, _WEIGHTS, strict=True))
    return LETTERS[(31 - total % 31) % 31]


def faults(text: str, *, field: str = "uscc") -> list[Fault]:
    """What is wrong with a code in its normal form, with the position and what would be right; empty when it holds."""
    if len(text) != LENGTH:
        return [Fault(field, text[:40], "uscc.length", str(LENGTH))]
    for place, letter in enumerate(text, 1):
        if letter not in _VALUE:
            return [Fault(field, text, "uscc.letter", f"{place}: {letter}")]
    if text[0] not in DEPARTMENTS:
        return [Fault(field, text, "uscc.department", " ".join(DEPARTMENTS))]
    if not text[2:8].isdigit():
        return [Fault(field, text, "uscc.division", "3–8")]
    right = check_character(text[:17])
    if text[17] != right:
        return [Fault(field, text, "uscc.check", right)]
    return []
