"""Writes against the version that was read: ``If-Match`` is required, a stale one is refused."""

import hashlib

from flask import request

from infra_registry.access import Actor
from infra_registry.errors import RegistryError
from infra_registry.formats import whole
from web.site.context import MOST_VERSION


class PreconditionRequired(RegistryError):
    """The write names no version."""

    status = 428


class PreconditionFailed(RegistryError):
    """The thing was changed since it was read."""

    status = 412


def tag(version: int | None, actor: Actor, content: bytes) -> str:
    """The ETag of a thing that readers see differently: its version, then for whom the answer was made.

    Where the reader is not told the version, 0 and what he was told: his copy is good until that changes.
    """
    rest = actor.audience().encode() + (content if version is None else b"")
    return f"{version or 0}-{hashlib.sha256(rest).hexdigest()[:16]}"


def required_version(code: str) -> int:
    """The version in ``If-Match``, with or without the audience of ``tag`` behind it.

    Raises 428 when it is missing and 412 when it cannot be one of ours.
    """
    given = request.headers.get("If-Match", "").strip()
    if not given:
        raise PreconditionRequired("request.if_match_missing", code=code)
    text = given.removeprefix("W/").strip('"').partition("-")[0]
    version = whole(text, MOST_VERSION)
    if version is None:
        raise PreconditionFailed("request.if_match_stale", code=code, sent=given[:40])
    return version
