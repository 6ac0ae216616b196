"""What came of loading people, roads or heights, for a reader or for a program."""

from typing import Any

import click

from infra_registry import words
from infra_registry.cli import locale
from infra_registry.cli.terminal import phrase, print_json, say
from infra_registry.coverage.demand.loading import Loaded


def tell(loaded: Loaded, *, as_json: bool) -> None:
    """Print findings, what the numbers stand on, and the outcome; or one JSON object."""
    if as_json:
        print_json(_facts(loaded))
        return
    listed: dict[str, int] = {}
    for item in loaded.findings.listed:
        listed[item.code] = listed.get(item.code, 0) + 1
        click.echo(f"{item.where:>9}  {item.field}  {words.fault(locale(), item)}", err=True)
    for code, count in loaded.findings.counts.items():
        if count > listed[code] and code != "demand.beside":
            click.echo(phrase("demand.more", count=count - listed[code], code=code), err=True)
    for basis in loaded.basis:
        say(basis.key, **basis.params)
    key = "demand.refused" if loaded.findings.faulty else "demand.loaded" if loaded.written else "demand.fine"
    say(f"{key}.{loaded.kind}" if key != "demand.refused" else key, **_amounts(loaded))


def _facts(loaded: Loaded) -> dict[str, Any]:
    return {
        "kind": loaded.kind,
        "area": loaded.area_code,
        "source": loaded.source,
        "items": loaded.items,
        "people": loaded.people,
        "metres": loaded.metres,
        "written": loaded.written,
        "replaced": loaded.replaced,
        "left_out": loaded.findings.left_out(),
        "counts": loaded.findings.counts,
        "basis": [{"key": basis.key, **basis.params} for basis in loaded.basis],
        "findings": [
            {
                "code": item.code,
                "severity": item.severity,
                "where": item.where,
                "field": item.field,
                "value": item.value,
                "expected": item.expected,
                "said": words.fault(locale(), item),
            }
            for item in loaded.findings.listed
        ],
    }


def _amounts(loaded: Loaded) -> dict[str, Any]:
    return {
        "items": loaded.items,
        "people": f"{loaded.people or 0:,.0f}",
        "km": f"{(loaded.metres or 0) / 1000:,.1f}",
        "area": loaded.area_code,
        "source": loaded.source,
        "replaced": loaded.replaced,
    }
