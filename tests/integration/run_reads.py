"""Counts of what a coverage run reads and computes of its area, whichever module does it."""

import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from infra_registry.areas import ground_store
from infra_registry.coverage.grids import frame
from infra_registry.db import Database

STATEMENTS = {
    "area": str(ground_store._AREA).strip()[:60],
    "outline": "SELECT ST_AsBinary(e.geom)",
    "districts": str(ground_store._DISTRICTS).strip()[:60],
}
FUNCTIONS: dict[str, Callable[..., Any]] = {"frame": frame.frame_of, "cost": frame.cost}


def count_reads(database: Database, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often, from now on, area, outline and districts are read, a frame is made, a cost is computed."""
    counts: Counter[str] = Counter()

    def count_statement(_: Any, __: Any, sql: str, *___: Any) -> None:
        for label, start in STATEMENTS.items():
            counts[label] += sql.strip().startswith(start)

    event.listen(database.engine, "before_cursor_execute", count_statement)
    for label, function in FUNCTIONS.items():
        _replace_everywhere(function, _counted(function, counts, label), monkeypatch)
    return counts


def _counted(function: Callable[..., Any], counts: Counter[str], label: str) -> Callable[..., Any]:
    def call(*args: Any, **named: Any) -> Any:
        counts[label] += 1
        return function(*args, **named)

    return call


def _replace_everywhere(
    function: Callable[..., Any], other: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Replace a function in every loaded module of the product that has it, under the name it has there."""
    modules = [module for name, module in sys.modules.items() if name.startswith(("infra_registry", "web"))]
    for module in modules:
        for name, value in list(vars(module).items()):
            if value is function:
                monkeypatch.setattr(module, name, other)
