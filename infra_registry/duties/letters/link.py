"""Links of letters: random words that open one letter, kept only as digests.

A link is claimed once, by a person who says so on a page; from then on it opens nothing. Who claimed it has a short
session and a code to come back with. All three are drawn at random, and only their SHA-256 is kept: they are too long
to be tried out, so a slow hash would add nothing.
"""

import hashlib
import secrets

from infra_registry.codes import MOST_TYPED, draw, grouped, plain

LINK_LENGTH = 28  # 140 bits
RETURN_LENGTH = 20  # 100 bits, beside the letter's number and behind a limit on tries


def new_link() -> str:
    """The secret of a link: 28 random signs in groups of four."""
    return grouped(draw(LINK_LENGTH))


def new_session() -> str:
    """A session value for the browser that opened a link: 24 random bytes, base64url."""
    return secrets.token_urlsafe(24)


def new_return_code() -> str:
    """The code to come back with, in groups of four."""
    return grouped(draw(RETURN_LENGTH))


def digest(purpose: str, text: str) -> str:
    """SHA-256 of a link or code, independent of case, spaces and full-width letters as typed."""
    return hashlib.sha256(f"{purpose}:{plain(text)}".encode()).hexdigest()


def session_digest(value: str) -> str:
    """SHA-256 of a session value, byte for byte as the browser sent it."""
    return hashlib.sha256(b"letter session:" + value[:MOST_TYPED].encode("utf-8", "replace")).hexdigest()
