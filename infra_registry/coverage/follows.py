"""What follows from a run, and what it rests on: message keys and parameters, in the order to be read. Pure."""

from collections.abc import Mapping
from typing import Any

from infra_registry.coverage.defaults import wifi as defaults

Sentence = tuple[str, dict[str, Any]]


def follows(summary: Mapping[str, Any], locale: str) -> list[Sentence]:
    """What a reader may conclude. Never a breach: who must act is for the rulebook, if there is one."""
    said: list[Sentence] = []
    if not summary["zones_in_area"]:
        said.append(("coverage.follows.no_zone", {}))
    elif not summary["zones_used"]:
        said.append(("coverage.follows.no_free_zone", {"count": summary["zones_in_area"]}))
    if summary["rulebook"] is None:
        return [*said, ("coverage.follows.no_rulebook", {})]
    duty = defaults().duties.get(summary["rulebook"])
    if duty is None:
        return [*said, ("coverage.follows.no_duty", {})]
    instrument = duty.instrument(locale)
    return [
        *said,
        ("coverage.follows.government", {"instrument": instrument, "article": duty.government_article}),
        ("coverage.follows.owners", {"instrument": instrument, "article": duty.owners_article}),
        ("coverage.follows.lead", {}),
    ]


def rests_on(run: Mapping[str, Any]) -> list[Sentence]:
    """Model and assumptions, with their figures."""
    summary = run["summary"]
    said: list[Sentence] = [
        ("coverage.rests.model", {"model": run["model"], "epsg": summary["epsg"]}),
        ("coverage.rests.reach", {"reach_m": f"{run['parameters']['reach_m']:g}"}),
        (
            "coverage.rests.assumed",
            {"used": summary["zones_used"], "assumed": summary["zones_assumed_reach"]},
        ),
        ("coverage.rests.drawn", {"drawn": summary["zones_as_drawn"]}),
        ("coverage.rests.not_stated", {"count": summary["zones_not_stated"]}),
        ("coverage.rests.register", {}),
    ]
    if not summary["total"]["inhabited"]:
        said.append(("coverage.rests.no_people", {}))
    if summary["people_from_five"]:
        said.append(("coverage.rests.people_from_five", {}))
    if summary["left_out"] is None:
        said.append(("coverage.rests.left_out_few", {}))
    elif summary["left_out"]:
        said.append(("coverage.rests.left_out", {"count": summary["left_out"]}))
    return said
