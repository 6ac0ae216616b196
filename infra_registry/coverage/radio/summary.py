"""What a run says of itself: figures, assumptions, what was left out; per edition, without times or engine. Pure.

The public half is made of the public edition alone, and of counts that are told only from enough on.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from infra_registry.coverage.propagation.defaults import radio
from infra_registry.coverage.radio import editions, results
from infra_registry.coverage.radio.editions import INTERNAL, Computed
from infra_registry.coverage.radio.inputs import Inputs, Network
from infra_registry.coverage.radio.layers import ANY
from infra_registry.coverage.radio.limits import limits
from infra_registry.coverage.radio.rasters import Rasters
from infra_registry.coverage.radio.results import Edition
from infra_registry.coverage.remedies.host_state import Remedies


def editions_of(
    computed: tuple[Computed, Computed], remedies: Mapping[str, Remedies], inputs: Inputs, kept: Rasters
) -> tuple[Edition, Edition]:
    """Both editions ready to be written, the internal one first."""
    internal, public = computed
    rows = tuple(replace(row, raster_digest=kept.layers[row.name]) for row in internal.rows)
    whole = _summary(internal, inputs.internal, inputs, remedies.get(internal.name))
    whole |= {"agreement": editions.agreement(internal, public), "stations_list": kept.stations}
    public_summary = _summary(public, inputs.public, inputs, remedies.get(public.name))
    public_summary["people"] = _round_people(public_summary["people"])
    public_summary["left_out"] = {name: _from_few(count) for name, count in inputs.public.counts.items()}
    return (
        _edition(internal, rows, remedies.get(internal.name), whole),
        _edition(public, public.rows, remedies.get(public.name), public_summary),
    )


def _edition(
    computed: Computed, rows: Sequence[Any], found: Remedies | None, summary: Mapping[str, Any]
) -> Edition:
    if found is None:
        return Edition(computed.name, rows, computed.gaps, summary=summary)
    return Edition(computed.name, rows, computed.gaps, found.remedies, found.sets, summary)


def _summary(
    computed: Computed, network: Network, inputs: Inputs, remedies: Remedies | None
) -> dict[str, Any]:
    demand, question = inputs.demand, inputs.question
    filled: Counter[str] = Counter()
    for fact in network.facts.values():
        filled.update(fact.filled)
    return {
        "grid": {"epsg": inputs.frame.epsg, "step_m": inputs.frame.step_m, "cells": len(inputs.ground.cells)},
        "threshold": str(question.threshold),
        "environment": question.environment,
        "layers": len(computed.layers),
        "stations": network.stations(network.names),
        "cells": sum(fact.cells for fact in network.facts.values()),
        "cells_defaulted": sum(fact.cells_defaulted for fact in network.facts.values()),
        "defaults": dict(sorted(filled.items())),
        "left_out": dict(network.counts),
        "covered": _covered(computed),
        "gaps": _gaps(computed),
        "people": {
            "known": round(demand.total_known, 1),
            "on_grid": round(demand.total_on_grid, 1),
            "basis": [{"key": basis.key, "params": basis.params} for basis in demand.basis],
            "none": computed.people is None,
        },
        "roads": inputs.roads is not None,
        "remedies": None if remedies is None else dict(remedies.facts),
        "assumptions": _assumptions(computed, inputs),
        "samples": inputs.samples,
    }


def _covered(computed: Computed) -> list[dict[str, Any]]:
    """Whom each technology, and all of them, reach from any operator."""
    return [
        {"operator": row.name[0], "technology": row.name[1]}
        | results.covered(row.stats, limits().served_class)
        for row in computed.rows
        if row.name[0] == ANY
    ]


def _gaps(computed: Computed) -> dict[str, Any]:
    compared = Counter(gap.compared for gap in computed.gaps if gap.compared)
    return {
        "count": sum(1 for gap in computed.gaps if gap.compared != "closed"),
        "compared": dict(sorted(compared.items())),
        "nothing_lacks": not any(lack.any() for lack in computed.lacking.values()),
    }


def _assumptions(computed: Computed, inputs: Inputs) -> list[dict[str, Any]]:
    """Keys of sentences with their figures, in the order to be read."""
    served = limits().served_class
    sentences: list[tuple[str, dict[str, Any]]] = [
        *_filled_by(computed, inputs),
        ("radio.rests.receiver", {"height_m": f"{radio().receiver_height_m:g}"}),
        (f"radio.rests.environment.{inputs.question.environment}", {}),
    ]
    if computed.name == INTERNAL:
        sentences += [("radio.rests.exact", {})]
    else:
        sentences += [
            ("radio.rests.open_places", {}),
            ("radio.rests.majority", {}),
            ("radio.rests.few", {"few": limits().few}),
        ]
    if inputs.question.threshold and inputs.question.threshold.kind == "operators":
        sentences.append(("radio.rests.served_class", {"served": served}))
    if not any(computed.cells.classes[row.name].any() for row in computed.rows):
        sentences.append(("radio.rests.no_station", {}))
    if computed.people is None:
        sentences.append(("radio.rests.no_people", {}))
    if inputs.roads is None:
        sentences.append(("radio.rests.no_roads", {}))
    return [{"key": key, "params": params} for key, params in sentences]


def _filled_by(computed: Computed, inputs: Inputs) -> list[tuple[str, dict[str, Any]]]:
    """Which model filled the grid, over how many profiles, and what it does not count."""
    grid = {"epsg": inputs.frame.epsg, "step_m": inputs.frame.step_m}
    over = inputs.over
    if over is None:
        return [("radio.rests.model", grid), ("radio.rests.no_terrain", {})]
    if computed.name != INTERNAL:
        return [("radio.rests.model", grid), ("radio.rests.no_terrain", {}), ("radio.rests.not_itm", {})]
    took = {"profiles": f"{over.profiles:,}", "most": f"{over.most:,}", "profile_step_m": f"{over.step_m:g}"}
    return [("radio.rests.itm", grid | took), ("radio.rests.bare_ground", {})]


def _round_people(figures: Mapping[str, Any]) -> dict[str, Any]:
    """People in round numbers, so that no difference to a list tells what a small place has."""
    basis = [
        entry
        | {
            "params": {
                k: _round(v) if "people" in k or k == "placed" else v for k, v in entry["params"].items()
            }
        }
        for entry in figures["basis"]
    ]
    return dict(figures) | {
        "known": _round(figures["known"]),
        "on_grid": _round(figures["on_grid"]),
        "basis": basis,
    }


def _round(count: Any) -> Any:
    return round(count, -2) if isinstance(count, int | float) else count


def _from_few(count: int) -> int | None:
    """A count as everyone may have it; None for one to four."""
    return count if count == 0 or count >= limits().few else None
