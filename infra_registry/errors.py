"""What can go wrong for a reason a user can act on: a stable code and parameters, never a sentence."""

import errno
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """A value that cannot stand: field, offending value, stable code, and what would be right."""

    field: str
    value: Any
    code: str
    expected: str = ""


class RegistryError(Exception):
    """An expected failure. ``code`` is a key of the message catalogue, ``params`` fill it."""

    status = 422

    def __init__(self, code: str, /, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        shown = ", ".join(f"{key}={value!r}" for key, value in self.params.items())
        return f"{self.code}({shown})"


class NotFound(RegistryError):
    """No such thing, or not for this reader: the two look the same on purpose."""

    status = 404


class Forbidden(RegistryError):
    """The actor may know of the thing but not do this."""

    status = 403


class Conflict(RegistryError):
    """The state has moved on: a stale version, a taken unit, a shut transition."""

    status = 409


class Limited(RegistryError):
    """Too many attempts; ``retry_after_s`` says when to come back."""

    status = 429


class NoRoom(RegistryError):
    """The disk is full: nothing of what was sent is kept."""

    status = 507

    @staticmethod
    def explains(error: BaseException) -> bool:
        """True for the refusals of a full file system or of a used-up quota."""
        return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


class Invalid(RegistryError):
    """One or more values are wrong. ``faults`` are objects with field, value, code and expected."""

    status = 422

    def __init__(self, faults: Iterable[Any], code: str = "form.invalid", **params: Any) -> None:
        self.faults = tuple(faults)
        super().__init__(code, count=len(self.faults), **params)
