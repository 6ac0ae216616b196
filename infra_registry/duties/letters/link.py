"""Links of letters: random words that open one letter, kept only as digests.

A link is claimed once, by a person who says so on a page; from then on it opens nothing. Who claimed it has a short
session and a code to come back with. All three are drawn at random, and only their SHA-256 is kept: they are too long
to be tried out, so a slow hash would add nothing.
"""

import hashlib
import secrets
import unicodedata

# No I, L, O, U: read from paper and typed on a phone without a mistake. 32 letters, 5 bits each.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LINK_LENGTH = 28  # 140 bits
RETURN_LENGTH = 20  # 100 bits, beside the letter's number and behind a limit on tries
NUMBER_LENGTH = 8
GROUP = 4
MOST_TYPED = 200
_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_link() -> str:
    """The word of a link, in groups of four."""
    return _grouped(_drawn(LINK_LENGTH))


def new_session() -> str:
    """What the browser of who opened a link keeps."""
    return secrets.token_urlsafe(24)


def new_return_code() -> str:
    """The code to come back with, in groups of four."""
    return _grouped(_drawn(RETURN_LENGTH))


def new_number(letter: str) -> str:
    """A public number such as L-7K2M9QXD: random, so that it tells neither order nor count."""
    return f"{letter}-{_drawn(NUMBER_LENGTH)}"


def read_number(letter: str, text: str) -> str:
    """A number as a person typed it, in the form it is kept; other text comes back as it was, cut."""
    plain = _plain(text.strip()[:MOST_TYPED].upper().removeprefix(letter))
    return f"{letter}-{plain}" if len(plain) == NUMBER_LENGTH else text[:40]


def digest(purpose: str, text: str) -> str:
    """What is kept of a link or code: the same whatever case, spaces or full-width letters it was typed with."""
    return hashlib.sha256(f"{purpose}:{_plain(text[:MOST_TYPED])}".encode()).hexdigest()


def session_digest(value: str) -> str:
    """What is kept of a session: exactly what the browser sent."""
    return hashlib.sha256(b"letter session:" + value[:MOST_TYPED].encode("utf-8", "replace")).hexdigest()


def _drawn(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _plain(text: str) -> str:
    upper = unicodedata.normalize("NFKC", text).upper().translate(_ALIKE)
    return "".join(sign for sign in upper if sign in ALPHABET)


def _grouped(text: str) -> str:
    return "-".join(text[start : start + GROUP] for start in range(0, len(text), GROUP))
