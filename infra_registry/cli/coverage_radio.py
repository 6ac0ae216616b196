"""What the command line has for radio runs: the options of a question, showing a run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from infra_registry.cli import locale
from infra_registry.cli.terminal import print_json, together
from infra_registry.coverage.radio.question import Question, threshold_of
from infra_registry.reports.radio.terminal import run_lines
from infra_registry.reports.run_facts import radio_facts


def question(area: str, chosen: Mapping[str, Any]) -> Question:
    """The question of the command's options; Invalid for a threshold nobody can read."""
    return Question(
        area,
        step_m=chosen["step_m"],
        technologies=chosen["technologies"] or None,
        environment=chosen["environment"],
        threshold=threshold_of(chosen["threshold"]) if chosen["threshold"] else None,
        minimum_m2=chosen["minimum_m2"],
        compared_with=chosen["compared_with"],
        engine=chosen["engine"],
        model=chosen["model"],
        remedies=not chosen["no_remedies"],
        **{name: chosen[name] for name in ("budgets", "targets") if chosen[name]},
    )


# The options of a radio run.
options = together(
    click.option("--step-m", type=int, help="Width of a cell in metres (default: data/coverage)."),
    click.option("--technology", "technologies", multiple=True, help="2g, 3g, 4g, 5g …; repeatable."),
    click.option("--environment", default="outdoor", help="outdoor, vehicle or indoor."),
    click.option("--threshold", help="What counts as a gap: dbm:-105, class:3 or operators:2."),
    click.option("--minimum-m2", type=float, help="Smaller gaps are left out."),
    click.option("--compare", "compared_with", help="Code of an earlier run of the same area."),
    click.option("--budget", "budgets", type=int, multiple=True, help="Best set of so many; repeatable."),
    click.option(
        "--target",
        "targets",
        type=float,
        multiple=True,
        help="Smallest set for this share; repeatable.",
    ),
    click.option("--engine", default="local", help="local, or tcp://host:port of a dask scheduler."),
    click.option("--model", default="tr38901", help="tr38901, or itm over loaded terrain up to its budget."),
    click.option("--no-remedies", is_flag=True, help="Stop at the gaps."),
)


def show(connection: Connection, run: Mapping[str, Any], *, as_json: bool) -> None:
    """Print a run."""
    if as_json:
        print_json(radio_facts(connection, run))
        return
    for line in run_lines(connection, run, locale()):
        click.echo(line)


# What may be said of the file of a radio run.
export_options = together(
    click.option(
        "--edition", type=click.Choice(["internal", "public"]), help="Radio: default is the reader's own."
    ),
    click.option(
        "--of",
        "rows",
        type=click.Choice(["gaps", "remedies"]),
        default="gaps",
        help="Radio: which list a CSV holds.",
    ),
    click.option("--operator", default="any", help="Radio: layer of a GeoTIFF, by operator key."),
    click.option("--technology", "technology", default="any", help="Radio: layer of a GeoTIFF."),
)


def export(
    connection: Connection, run: Mapping[str, Any], target: Path, vendor: Path, chosen: Mapping[str, Any]
) -> None:
    """Write a run to a file by its ending: .csv, .geojson, .gpkg, .tif, .html, .pdf, as far as this reader may."""
    # Typst, folium and GDAL are loaded by the one command that writes with them.
    from infra_registry.publish.coverage_layers import CLASS_COLOURS
    from infra_registry.reports.radio.export import Selection, write
    from infra_registry.reports.radio.run_summary import Style

    style = Style(vendor, CLASS_COLOURS)
    write(connection, run, target, style=style, locale=locale(), selection=Selection(**chosen))
