"""Writes against the version that was read: ``If-Match`` is required, a stale one is refused."""

from flask import request

from infra_registry.errors import RegistryError


class PreconditionRequired(RegistryError):
    """The write names no version."""

    status = 428


class PreconditionFailed(RegistryError):
    """The thing was changed since it was read."""

    status = 412


def required_version(code: str) -> int:
    """The version in ``If-Match``. Raises 428 when it is missing and 412 when it cannot be one of ours."""
    given = request.headers.get("If-Match", "").strip()
    if not given:
        raise PreconditionRequired("request.if_match_missing", code=code)
    text = given.removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise PreconditionFailed("request.if_match_stale", code=code, sent=given[:40])
    return int(text)
