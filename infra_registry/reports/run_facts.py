"""A run as plain values for JSON: parameters, area, times and results, as this reader may have them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.runs import store as run_store

LAYER = ("operator", "technology", "stations", "cells", "cells_defaulted", "stats")


def run_facts(run: Mapping[str, Any]) -> dict[str, Any]:
    """Identity, parameters and area of a run of either method."""
    names = ("code", "method", "model", "area_name", "parameters", "public", "inputs_digest")
    return {
        **{name: run[name] for name in names},
        "area": run["area_code"],
        "as_of": run["as_of"].isoformat(),
    }


def summary_facts(run: Mapping[str, Any]) -> dict[str, Any]:
    """A run of either method with its times and whole summary."""
    return run_facts(run) | {
        "asked_at": run["asked_at"].isoformat(),
        "ended_at": run["ended_at"].isoformat() if run["ended_at"] else None,
        "summary": run["summary"],
    }


def edition_facts(run: Mapping[str, Any], edition: str) -> dict[str, Any]:
    """A radio run in one edition."""
    return run_facts(run) | {"edition": edition, "summary": run["summary"][edition]}


def radio_facts(connection: Connection, run: Mapping[str, Any]) -> dict[str, Any]:
    """A radio run with the summaries, layers and sets of the reader's edition."""
    edition = result_store.edition_of(run)
    layers = result_store.layers(connection, run, edition)
    return run_facts(run) | {
        "ended": run["ended_at"] is not None,
        "same_as": run_store.code_of(connection, run["same_as_id"]),
        "edition": edition,
        "summary": run["summary"],
        "layers": [{name: row[name] for name in LAYER} for row in layers],
        "sets": result_store.sets(connection, run, edition),
    }
