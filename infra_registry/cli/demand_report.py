"""What came of loading people, roads or heights, for a reader or for a program."""

import json
from typing import Any

import click

from infra_registry import words
from infra_registry.cli import locale
from infra_registry.coverage.demand.loading import Loaded


def tell(found: Loaded, *, as_json: bool) -> None:
    """Print findings, what the numbers stand on, and the outcome; or one JSON object."""
    if as_json:
        click.echo(json.dumps(_facts(found), ensure_ascii=False))
        return
    listed: dict[str, int] = {}
    for item in found.findings.listed:
        listed[item.code] = listed.get(item.code, 0) + 1
        click.echo(f"{item.where:>9}  {item.field}  {words.fault(locale(), item)}", err=True)
    for code, count in found.findings.counts.items():
        if count > listed[code] and code != "demand.beside":
            click.echo(words.say(locale(), "demand.more", count=count - listed[code], code=code), err=True)
    for basis in found.basis:
        click.echo(words.say(locale(), basis.key, **basis.params))
    key = "demand.refused" if found.findings.faulty else "demand.loaded" if found.written else "demand.fine"
    click.echo(
        words.say(locale(), f"{key}.{found.kind}" if key != "demand.refused" else key, **_amounts(found))
    )


def _facts(found: Loaded) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "area": found.area_code,
        "source": found.source,
        "items": found.items,
        "people": found.people,
        "metres": found.metres,
        "written": found.written,
        "replaced": found.replaced,
        "left_out": found.findings.left_out(),
        "counts": found.findings.counts,
        "basis": [{"key": basis.key, **basis.params} for basis in found.basis],
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
            for item in found.findings.listed
        ],
    }


def _amounts(found: Loaded) -> dict[str, Any]:
    return {
        "items": found.items,
        "people": f"{found.people or 0:,.0f}",
        "km": f"{(found.metres or 0) / 1000:,.1f}",
        "area": found.area_code,
        "source": found.source,
        "replaced": found.replaced,
    }
