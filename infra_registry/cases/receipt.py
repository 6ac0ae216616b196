"""The secret of a receipt: shown once and kept only as a slow hash. Pure."""

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from infra_registry.codes import ALPHABET, grouped, plain

SECRET_LENGTH = 20  # 100 bits
_HASHER = PasswordHasher()


def secret_from(mark: bytes) -> str:
    """The secret of a form that was sent, from a digest only this server can make; 100 bits of it."""
    number = int.from_bytes(mark[:16], "big")
    return grouped("".join(ALPHABET[(number >> (5 * place)) & 31] for place in range(SECRET_LENGTH)))


def read_secret(text: str) -> str:
    """A secret as a person typed it (any case, any spaces, full-width letters), in the form it was shown."""
    return grouped(plain(text)[:40])


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
