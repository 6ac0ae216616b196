"""Message catalogues: every sentence of web, command line, documents and mail, in every language.

A catalogue file is one topic: ``"key" = { zh = "…", en = "…" }``, the languages side by side so that
a missing one is seen. The domain returns codes and parameters; only the edges call ``say``.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

LOCALES = ("zh-Hans", "en")
DEFAULT_LOCALE = "zh-Hans"
_COLUMN = {"zh-Hans": "zh", "en": "en"}


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """All messages by key; a key that stands in two files is a mistake and raises ValueError."""
    messages: dict[str, dict[str, str]] = {}
    for entry in sorted(files(__package__).iterdir(), key=lambda item: item.name):
        if not entry.name.endswith(".toml"):
            continue
        for key, value in tomllib.loads(entry.read_text("utf-8")).items():
            if key in messages:
                raise ValueError(f"message {key} stands twice, the second time in {entry.name}")
            messages[key] = value
    return messages


def say(locale: str, key: str, /, **params: Any) -> str:
    """The message in the reader's language with its parameters filled in.

    A key without a message gives the key itself: a page with one odd word serves better than none,
    and a contract test keeps that from happening.
    """
    message = catalogue().get(key)
    if message is None:
        return key
    return message[_COLUMN.get(locale, "en")].format_map(_Params(_in(locale, params)))


class Phrase(str):
    """A key of the catalogue as a value of a message: said in the language of the message, otherwise the key itself."""

    __slots__ = ()

    def of(self, locale: str) -> str:
        """The phrase in a language."""
        return say(locale, self)


def _in(locale: str, params: dict[str, Any]) -> dict[str, Any]:
    """Parameters that exist in both languages (a citation, a remedy of a rulebook) in the reader's."""
    return {name: value.of(locale) if hasattr(value, "of") else value for name, value in params.items()}


def fault(locale: str, wrong: Any, *, blank: str = "") -> str:
    """What is wrong with a value: the message of a Fault, or of a finding of a file, in the reader's language.

    ``wrong`` has ``code``, ``field``, ``value`` and ``expected``. Several values are listed, ``blank`` stands for none.
    """
    shown = {name: getattr(wrong, name) for name in ("field", "value", "expected")}
    for name, value in shown.items():
        if isinstance(value, list | tuple):
            shown[name] = ", ".join(map(str, value))
        elif value in (None, ""):
            shown[name] = blank
    return say(locale, wrong.code, **shown)


def refusal(locale: str, error: Any) -> list[str]:
    """What an expected failure says, line by line: each of its faults with its field, or its own message."""
    lines = [f"{wrong.field}: {fault(locale, wrong)}" for wrong in getattr(error, "faults", ())]
    return lines or [say(locale, error.code, **error.params)]


def name_of(row: Any, locale: str, field: str = "name") -> str:
    """The name of a row or mapping in the reader's language, or the only one there is; empty without any.

    The Chinese name stands in ``field``, the English one in ``field`` with ``_en``.
    """
    names = (
        row if isinstance(row, Mapping) else {key: getattr(row, key, None) for key in (field, f"{field}_en")}
    )
    return str((locale == "en" and names.get(f"{field}_en")) or names.get(field) or "")


def has(key: str) -> bool:
    """True when the catalogue knows the key."""
    return key in catalogue()


class _Params(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
