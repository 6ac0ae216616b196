"""Remedies in words: the site, its duty, obstacles and what would lift them, why it was chosen, for every reader."""

from collections.abc import Mapping
from typing import Any

from infra_registry import words
from infra_registry.reports.names import ENGLISH, in_language, named

REFUSED = {
    "binds": "radio_page.refused_obliged",
    "conditions_not_shown": "radio_page.refused_conditional",
    "scope_not_shown": "radio_page.refused_conditional",
}
HIDDEN_LAW = {"hidden": True}  # put by the view ``remedy_seen`` where the reader is not told of the duty
_MISSING = {
    "ground": "remedy.ground_not_stated",
    "since": "remedy.day_not_stated",
    "asked_on": "remedy.day_not_stated",
    "law": "remedy.law_not_known",
    "until": "remedy.no_end",
    "party": "remedy.party_not_stated",
}


def obstacle(item: Mapping[str, Any], locale: str) -> str:
    """What stands in the way, one sentence."""
    return words.say(locale, f"remedy.obstacle.{item['key']}", **_facts(item["params"], locale))


def lifting(item: Mapping[str, Any], locale: str) -> str | None:
    """What would lift an obstacle that bars the candidate; None for one that does not."""
    key = f"remedy.lift.{item['key']}"
    return words.say(locale, key, **_facts(item["params"], locale)) if words.has(key) else None


def reason(item: Mapping[str, Any], locale: str) -> str:
    """Why a site was chosen and what it adds."""
    params = item["params"]
    group = "reason" if "people" in params else "reason_area"
    comma = ", " if locale == ENGLISH else "、"
    listed = comma.join(words.say(locale, f"choice.technology.{name}") for name in params["technologies"])
    numbers = {name: f"{params[name]:,.0f}" for name in ("people", "area") if name in params}
    sentence = words.say(locale, f"remedy.{group}.{item['key']}", **numbers, technologies=listed)
    if "terrain" not in params:
        return sentence
    return words.say(locale, "remedy.reason_terrain", reason=sentence, share=params["terrain"])


def site(row: Mapping[str, Any], locale: str) -> str:
    """What a remedy stands on: the host's name, works, a new site; a host this reader may not see is only named so."""
    if row["asset"] or row["project"]:
        name = named(row, "asset_name" if row["asset"] else "project_name", locale)
        return name or str(row["asset"] or row["project"])
    hidden = row["candidate_kind"] == "host"
    return words.say(locale, "radio_page.host_not_shown" if hidden else "remedy.kind.new_site")


def kind(row: Mapping[str, Any], locale: str) -> str:
    """What kind of site a remedy is."""
    key = f"kind.{row['asset_kind']}" if row["asset"] else f"remedy.kind.{row['candidate_kind']}"
    return words.say(locale, key)


def site_line(row: Mapping[str, Any], locale: str) -> str:
    """A site's name, kind, owner and code in one line; a new site has its place on the grid instead."""
    parts: list[str | None] = [site(row, locale)]
    code = row["asset"] or row["project"]
    if code:
        parts += [kind(row, locale), named(row, "owner", locale), code]
    elif row["candidate_kind"] == "new_site" and row["geom"] is not None:
        parts.append(f"{row['geom'].x:.5f}, {row['geom'].y:.5f}")
    return " · ".join(dict.fromkeys(part for part in parts if part))


def citation(row: Mapping[str, Any], locale: str) -> str | None:
    """The clause that asks for a remedy's host to open."""
    return in_language(row["duty"]["citation"], locale) if row["duty"] else None


def free_units(row: Mapping[str, Any], locale: str) -> str:
    """How many places are free on a host."""
    count = row["free_units"]
    key = "remedy.free.unknown" if count is None else "remedy.free.places"
    return words.say(locale, key, count=count)


def standing(row: Mapping[str, Any], locale: str) -> str:
    """Opening state, the clause that asks for it and whether it binds, free units, as far as they are on record."""
    parts = []
    if row["opening_state"]:
        parts.append(words.say(locale, f"opening.state.{row['opening_state']}"))
    if row["duty"]:
        stands = words.say(locale, f"law.standing.{row['duty']['standing']}")
        parts.append(words.say(locale, "radio_doc.duty", cited=citation(row, locale), standing=stands))
    if row["candidate_kind"] == "host":
        parts.append(free_units(row, locale))
    return words.say(locale, "radio_doc.joint").join(parts)


def barred(row: Mapping[str, Any], locale: str) -> str | None:
    """That somebody keeps a host closed: an obliged one that refused, or an exclusive agreement; None otherwise."""
    keys = {item["key"] for item in row["obstacles"]}
    if "refused" in keys:
        key = REFUSED.get(row["duty"]["standing"] if row["duty"] else "", "radio_page.refused")
        return words.say(locale, key)
    return words.say(locale, "radio_page.exclusive") if "exclusive" in keys else None


def obstacles(row: Mapping[str, Any], locale: str) -> list[tuple[str, str | None]]:
    """What stands in the way of a remedy, each with what would lift it."""
    return [(obstacle(item, locale), lifting(item, locale)) for item in row["obstacles"]]


def in_the_way(row: Mapping[str, Any], locale: str) -> str:
    """The same in one line, after who keeps the host closed."""
    sentences = [barred(row, locale), *(part for pair in obstacles(row, locale) for part in pair)]
    space = " " if locale == ENGLISH else ""
    listed = space.join(sentence for sentence in sentences if sentence)
    return listed or words.say(locale, "radio_page.nothing_in_the_way")


def _facts(params: Mapping[str, Any], locale: str) -> dict[str, Any]:
    """Parameters in the reader's language; what is not on record is said to be so."""
    values: dict[str, Any] = {name: words.say(locale, key) for name, key in _MISSING.items()}
    for name, value in params.items():
        if name == "law" and value == HIDDEN_LAW:
            values[name] = words.say(locale, "duty_pages.closed")
        else:
            values[name] = in_language(value, locale) if isinstance(value, Mapping) else value
    if "party_name" in params:
        values["party"] = values["party_name"]
    if "until" in params:
        values["until"] = words.say(locale, "remedy.until", day=params["until"])
    return values
