"""Passwords: hard to guess, argon2id, a bounded number at a time, the same work for known and unknown users."""

import re
from collections.abc import Iterable
from functools import cache
from threading import BoundedSemaphore, Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from infra_registry.db.faults import Unavailable
from infra_registry.errors import Fault, Invalid
from infra_registry.resources import DATA, tables

MINIMUM_LENGTH = 12
MAXIMUM_LENGTH = 256
LEAST_SCORE = 3  # of 0 … 4; zxcvbn gives it from 10^8 guesses on
LENGTH_JUDGED = 40  # what comes behind makes it no weaker; zxcvbn takes 72 at most, and long for them
AT_ONCE = 2  # a hash takes 64 MiB; more at once would let log-in attempts starve everything else
WAIT_S = 5.0
FAMILIAR = DATA / "passwords" / "familiar.toml"

_SEPARATORS = re.compile(r"[\W_]+")
_BETWEEN_WORDS = re.compile(r"[\s._-]+")
_HASHER = PasswordHasher(time_cost=2, memory_cost=65536, parallelism=1)
_TURN = BoundedSemaphore(AT_ONCE)
_JUDGING = Lock()  # zxcvbn keeps the words given to it in a table that all threads share


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


def check(password: str, own: Iterable[str | None], *, field: str = "password") -> None:
    """Raise Invalid unless the password may be used: long enough, and hard to guess for who knows the words ``own``.

    ``own`` begins with the log-in name; names of the owner and his organisation follow.
    """
    if not MINIMUM_LENGTH <= len(password) <= MAXIMUM_LENGTH:
        expected = f"{MINIMUM_LENGTH} … {MAXIMUM_LENGTH}"
        raise Invalid([Fault(field, None, "password.length", expected)])
    names = [name.lower() for name in own if name]
    if names[0] in password.lower():
        raise Invalid([Fault(field, None, "password.own_words")])
    parts = [part for name in names for part in _SEPARATORS.split(name) if len(part) > 1]
    joined = [_SEPARATORS.sub("", name) for name in names]
    judged = password[:LENGTH_JUDGED]
    own_words = [*names, *joined, *parts, *_familiar()]
    with _JUDGING:
        # What stands between words is cheap to guess, and zxcvbn counts it as if it were not.
        verdicts = [
            zxcvbn(form, user_inputs=own_words) for form in (judged, _BETWEEN_WORDS.sub("", judged) or judged)
        ]
    verdict = min(verdicts, key=lambda item: item["guesses"])
    if verdict["score"] < LEAST_SCORE:
        dictionaries = {match.get("dictionary_name") for match in verdict["sequence"]}
        familiar, listed = "user_inputs" in dictionaries, dictionaries - {None}
        reason = "own_words" if familiar else "known_words" if listed else "pattern"
        raise Invalid([Fault(field, None, f"password.{reason}")])


@cache
def _familiar() -> tuple[str, ...]:
    """Words of the product and of Chinese in pinyin, the likeliest first."""
    lists = tables(FAMILIAR)
    return (*lists["product"], *lists["pinyin"])


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
