"""Obstacles, what would lift them, and reasons of choice in words. Stored as keys and facts; said at the edges."""

from collections.abc import Mapping
from typing import Any

from infra_registry import words

_MISSING = {
    "ground": "remedy.ground_not_stated",
    "since": "remedy.day_not_stated",
    "asked_on": "remedy.day_not_stated",
    "law": "remedy.law_not_known",
    "until": "remedy.no_end",
    "party": "remedy.party_not_stated",
}


def obstacle(one: Mapping[str, Any], locale: str) -> str:
    """What stands in the way, one sentence."""
    return words.say(locale, f"remedy.obstacle.{one['key']}", **_facts(one["params"], locale))


def lifting(one: Mapping[str, Any], locale: str) -> str | None:
    """What would lift an obstacle that bars the candidate; None for one that does not."""
    key = f"remedy.lift.{one['key']}"
    return words.say(locale, key, **_facts(one["params"], locale)) if words.has(key) else None


def reason(one: Mapping[str, Any], locale: str) -> str:
    """Why a site was chosen and what it adds."""
    params = one["params"]
    group = "reason" if "people" in params else "reason_area"
    comma = ", " if locale == "en" else "、"
    named = comma.join(words.say(locale, f"choice.technology.{name}") for name in params["technologies"])
    numbers = {name: f"{params[name]:,.0f}" for name in ("people", "area") if name in params}
    said = words.say(locale, f"remedy.{group}.{one['key']}", **numbers, technologies=named)
    if "terrain" not in params:
        return said
    return words.say(locale, "remedy.reason_terrain", reason=said, share=params["terrain"])


def _facts(params: Mapping[str, Any], locale: str) -> dict[str, Any]:
    """Parameters in the reader's language; what is not on record is said to be so."""
    told: dict[str, Any] = {name: words.say(locale, key) for name, key in _MISSING.items()}
    for name, value in params.items():
        told[name] = _in(value, locale)
    if "party_name" in params:
        told["party"] = _in(params["party_name"], locale)
    if "until" in params:
        told["until"] = words.say(locale, "remedy.until", day=params["until"])
    return told


def _in(value: Any, locale: str) -> Any:
    return value["en" if locale == "en" else "zh"] if isinstance(value, Mapping) else value
