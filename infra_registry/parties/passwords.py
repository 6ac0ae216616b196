"""Passwords: argon2id, a bounded number at a time, the same work for known and unknown users."""

from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from infra_registry.db.faults import Unavailable
from infra_registry.errors import Fault, Invalid

MINIMUM_LENGTH = 10
MAXIMUM_LENGTH = 256
AT_ONCE = 2  # a hash takes 64 MiB; more at once would let log-in attempts starve everything else
WAIT_S = 5.0

_HASHER = PasswordHasher(time_cost=2, memory_cost=65536, parallelism=1)
_TURN = BoundedSemaphore(AT_ONCE)


def hash_password(password: str) -> str:
    """The argon2id hash of a password that passed ``check``."""
    with _Turn():
        return _HASHER.hash(password)


def verify(password_hash: str | None, password: str) -> bool:
    """True when the password fits; without a hash the same work is done and the answer is False."""
    if len(password) > MAXIMUM_LENGTH:
        password = ""
    with _Turn():
        try:
            return _HASHER.verify(password_hash or _nobodys(), password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False


def check(password: str, login: str, *, field: str = "password") -> None:
    """Raise Invalid unless the password may be used: long enough, not the log-in, more than one character."""
    if len(password) < MINIMUM_LENGTH or len(password) > MAXIMUM_LENGTH:
        expected = f"{MINIMUM_LENGTH} … {MAXIMUM_LENGTH}"
        raise Invalid([Fault(field, None, "password.length", expected)])
    if login.lower() in password.lower() or len(set(password)) < 4:
        raise Invalid([Fault(field, None, "password.weak")])


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody has this password")


class _Turn:
    """Context of one of ``AT_ONCE`` turns; Unavailable ``login.busy`` after ``WAIT_S`` seconds of waiting."""

    def __enter__(self) -> None:
        if not _TURN.acquire(timeout=WAIT_S):
            raise Unavailable("login.busy", retry_after_s=2)

    def __exit__(self, *_: object) -> None:
        _TURN.release()
