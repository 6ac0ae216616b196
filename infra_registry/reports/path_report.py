"""A checked path for people and for programs."""

from collections.abc import Iterator, Mapping
from typing import Any

from infra_registry import words
from infra_registry.coverage.paths.checking import PathCheck
from infra_registry.coverage.paths.picture import rows


def verdict(path_check: PathCheck) -> tuple[str, dict[str, Any]]:
    """What the ground does to the path: a key of words with its facts."""
    clear = path_check.clearance
    if clear is None:
        return "path.verdict.unknown", {}
    facts = {"at": f"{clear.at_m / 1000:.2f}", "percent": f"{100 * clear.least:.0f}"}
    if clear.clear:
        return "path.verdict.clear", facts
    return ("path.verdict.grazing" if clear.in_sight else "path.verdict.blocked"), facts


def sentence(finding: Mapping[str, Any], locale: str) -> str:
    """A finding in the reader's language."""
    params = dict(finding["params"])
    key = f"path.name.{params.get('name')}"
    if words.has(key):
        params["name"] = words.say(locale, key)
    return words.say(locale, finding["key"], **params)


def lines(path_check: PathCheck, locale: str) -> Iterator[str]:
    """The check for the terminal: the path, what the ground does to it, loss and level by model, findings."""
    sent = path_check.sent
    yield words.say(
        locale,
        "path.line",
        distance=f"{path_check.profile.distance_m / 1000:.2f}",
        technology=words.say(locale, f"choice.technology.{sent.technology}"),
        frequency=f"{sent.frequency_mhz:g}",
        height=f"{sent.height_m:g}",
        rx=f"{path_check.rx_height_m:g}",
    )
    key, facts = verdict(path_check)
    yield words.say(locale, key, **facts)
    for loss in path_check.losses:
        model = words.say(locale, f"path.model.{loss.model}")
        signal = words.say(locale, f"radio_page.class.{loss.signal_class}")
        yield f"{loss.loss_db:7.1f} dB  {loss.level_dbm:7.1f} dBm  {signal}  {model}"
    for finding in path_check.findings:
        yield f"• {sentence(finding, locale)}"
    yield f"• {words.say(locale, 'path.no_buildings')}"


def described(path_check: PathCheck) -> dict[str, Any]:
    """The check as plain values."""
    clear, sent = path_check.clearance, path_check.sent
    key, facts = verdict(path_check)
    return {
        "from": list(path_check.start),
        "to": list(path_check.end),
        "distance_m": round(path_check.profile.distance_m, 1),
        "step_m": round(path_check.profile.step_m, 3),
        "covered": path_check.profile.covered,
        "rasters": list(path_check.profile.rasters),
        "technology": sent.technology,
        "scenario": sent.scenario.name,
        "height_m": sent.height_m,
        "rx_height_m": path_check.rx_height_m,
        "frequency_mhz": sent.frequency_mhz,
        "eirp_dbm": round(sent.total_eirp_dbm, 2),
        "reference_eirp_dbm": round(sent.eirp_dbm, 2),
        "assumed": [name for name in sent.filled if name in ("height_m", "frequency_mhz", "eirp_dbm")],
        "verdict": {"key": key, "params": facts},
        "least_clearance": None if clear is None else round(clear.least, 3),
        "least_at_m": None if clear is None else round(clear.at_m, 1),
        "los_probability": round(path_check.chance, 4),
        "losses": [
            {
                "model": loss.model,
                "loss_db": round(loss.loss_db, 2),
                "level_dbm": round(loss.level_dbm, 2),
                "class": loss.signal_class,
            }
            for loss in path_check.losses
        ],
        "findings": [dict(finding) for finding in path_check.findings],
        "profile": [] if clear is None else rows(clear),
    }
