"""What a view takes from its request: actor, language, transaction, parameters, the page to render."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from flask import current_app, g, render_template, request

from infra_registry import words
from infra_registry.access import SERVICE, Permission, require
from infra_registry.config import Settings
from infra_registry.db import Connection, Database, faults
from infra_registry.formats import whole
from web.site import session

MOST_VERSION = 2**31 - 1  # of a thing; an integer of the database
LANGUAGE_COOKIE = "lang"
ACCEPTED = {"zh": "zh-Hans", "zh-Hans": "zh-Hans", "zh-CN": "zh-Hans", "en": "en"}

current_actor = session.actor
render = render_template


def database() -> Database:
    """The register this application serves."""
    register: Database = current_app.extensions["registry.database"]
    return register


def settings() -> Settings:
    """The operator's settings."""
    values: Settings = current_app.extensions["registry.settings"]
    return values


def public_address() -> str:
    """What every link that leaves the register begins with; in development without one, the address asked for now."""
    return settings().public_address or request.url_root.rstrip("/")


def request_id() -> str:
    """The id of this request in logs, audit and problem documents."""
    return str(g.get("request_id", ""))


@contextmanager
def use_case(*, service: bool = False, timeout_ms: int = 30_000) -> Iterator[Connection]:
    """One transaction as the current actor (or as the product itself).

    Inside an idempotent write it is that write's own transaction. What the database refuses is raised
    as the RegistryError it means.
    """
    shared = None if service else g.get("shared_connection")
    if shared is not None:
        yield shared
        return
    actor, run = SERVICE if service else current_actor(), database().use_case
    with _explained(), run(actor, timeout_ms=timeout_ms, request=request_id()) as connection:
        yield connection


@contextmanager
def _explained() -> Iterator[None]:
    """What the database refuses, raised as the RegistryError it means."""
    try:
        yield
    except Exception as error:
        explanation = faults.explain(error)
        if explanation is None:
            raise
        raise explanation from error


@contextmanager
def reading(*, timeout_ms: int = 10_000) -> Iterator[Connection]:
    """A transaction for a view that reads and notes nothing in the audit; without one of its own for the public."""
    if current_actor().is_authenticated:
        with use_case(timeout_ms=timeout_ms) as connection:
            yield connection
        return
    with public_reading() as connection:
        yield connection


@contextmanager
def public_reading() -> Iterator[Connection]:
    """A transaction of the public, for answers that are the same to every reader."""
    with _explained(), database().public() as connection:
        yield connection


def must(permission: Permission, subject: Any = None) -> None:
    """Raise Forbidden unless the current actor may do this to the subject."""
    require(current_actor(), permission, subject)


def locale() -> str:
    """The reader's language: asked for now, chosen before, the account's, the browser's, Chinese."""
    if "locale" not in g:
        g.locale = _choose_locale()
    return str(g.locale)


def t(key: str, /, **params: Any) -> str:
    """The message in the reader's language."""
    return words.say(locale(), key, **params)


def fault_text(wrong: Any, **options: Any) -> str:
    """What is wrong with a value, in the reader's language (``words.fault``)."""
    return words.fault(locale(), wrong, **options)


def named(row: Any, field: str = "name") -> str:
    """The name of a row in the reader's language (``words.name_of``)."""
    return words.name_of(row, locale(), field)


def url_with(**changes: Any) -> str:
    """This page's address with query parameters changed; None takes one away, a list repeats it."""
    query = request.args.to_dict(flat=False)
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = [str(item) for item in value] if isinstance(value, list | tuple) else [str(value)]
    text = urlencode(query, doseq=True)
    return f"{request.path}?{text}" if text else request.path


def address(path: str, raw: Mapping[str, Any], **changes: Any) -> str:
    """A page's address with these parameters and changes; a change to None or "" takes a parameter away."""
    given = {name: value for name, value in (dict(raw) | changes).items() if value not in (None, "", (), [])}
    joined = {name: ",".join(map(str, v)) if isinstance(v, list | tuple) else v for name, v in given.items()}
    return f"{path}?{urlencode(joined, safe=',')}" if joined else path


def sent_version() -> int | None:
    """The version of the thing that a form was filled in against; None when it names none."""
    return whole(request.form.get("version"), MOST_VERSION)


def wants_json() -> bool:
    """True when the answer is for a program: an API or tile address, or JSON is asked for above HTML."""
    if request.path.startswith(("/api/", "/tiles/")):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return best is not None and best != "text/html"


def _choose_locale() -> str:
    language = ACCEPTED.get(request.args.get("lang", "")) or ACCEPTED.get(
        session.read_cookie(LANGUAGE_COOKIE)
    )
    if language:
        return language
    account = g.get("account")
    if account is not None:
        return str(account.locale)
    offered = request.accept_languages.best_match(["zh-CN", "zh", "zh-Hans", "en"])
    return ACCEPTED.get(offered or "", words.DEFAULT_LOCALE)
