"""The receipt: a random case number, and a secret that is shown once and kept only as a slow hash. Pure."""

import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

# No I, L, O, U: read aloud, copied by hand and typed on a phone without a mistake. 32 letters, 5 bits each.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SECRET_LENGTH = 20  # 100 bits
NUMBER_LENGTH = 8
GROUP = 4
_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})
_HASHER = PasswordHasher()


def new_number() -> str:
    """A case number such as R-7K2M-9QXD; random, so that it tells neither order nor count."""
    return "R-" + _grouped("".join(secrets.choice(ALPHABET) for _ in range(NUMBER_LENGTH)))


def secret_from(mark: bytes) -> str:
    """The secret of a form that was sent, from a digest only this server can make; 100 bits of it."""
    number = int.from_bytes(mark[:16], "big")
    return _grouped("".join(ALPHABET[(number >> (5 * place)) & 31] for place in range(SECRET_LENGTH)))


def read_number(text: str) -> str:
    """A number as a person typed it, in the form it is kept; other text comes back as it was."""
    plain = _plain(text)
    if len(plain) == NUMBER_LENGTH + 1 and plain.startswith("R"):
        return "R-" + _grouped(plain[1:])
    return text[:40]


def read_secret(text: str) -> str:
    """A secret as a person typed it (any case, any spaces, full-width letters), in the form it was shown."""
    return _grouped(_plain(text)[:40])


def hash_secret(secret: str) -> str:
    """argon2id with its own salt."""
    return _HASHER.hash(read_secret(secret))


def matches(secret: str, kept: str | None) -> bool:
    """True for the right secret. Without a kept hash the same work is done, and the answer is no."""
    nobody = _nobody()
    try:
        return _HASHER.verify(kept or nobody, read_secret(secret)) and bool(kept)
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return _HASHER.hash(secrets.token_hex(16))


def _plain(text: str) -> str:
    upper = unicodedata.normalize("NFKC", text[:200]).upper()
    return "".join(letter for letter in upper.translate(_ALIKE) if letter in ALPHABET)


def _grouped(text: str) -> str:
    return "-".join(text[start : start + GROUP] for start in range(0, len(text), GROUP))
