"""`infra-registry areas population | roads | terrain | demand`: what a gap of an area is weighed by."""

import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from infra_registry import config, words
from infra_registry.access import SERVICE
from infra_registry.cli import locale, session
from infra_registry.cli.source_options import about_source, source_of
from infra_registry.cli.terminal import (
    as_json,
    as_user,
    day,
    input_file,
    phrase,
    print_json,
    progress_bar,
    say,
    together,
)
from infra_registry.coverage.demand import loading
from infra_registry.coverage.demand.loading import Loaded
from infra_registry.coverage.demand.people import counting
from infra_registry.coverage.demand.preparing import Target, Upload
from infra_registry.coverage.demand.reading import Columns
from infra_registry.coverage.demand.store import TABLES
from infra_registry.formats.raster import is_tiff

file_argument = click.argument("file", type=input_file)
area_option = click.option("--area", required=True, help="Code of the area.")


# Options every load has.
of_a_file = together(
    about_source,
    click.option("--crs", default="", help="EPSG:n, when the file does not say or says it wrongly."),
    click.option(
        "--only", multiple=True, metavar="COLUMN=VALUE", help="Keep rows with this value; repeatable."
    ),
    click.option("--dry-run", is_flag=True, help="Read and check, write nothing."),
    click.option("--strict", is_flag=True, help="Refuse the file when anything of it is left out."),
    area_option,
    as_json,
    as_user,
)


@click.command()
@file_argument
@click.option("--people-field", default="", help="Column with the number of people (not for a GeoTIFF).")
@click.option("--ref-field", default="", help="Column with a reference or code.")
@click.option("--lon-field", default="", help="Column with the longitude or easting of a table.")
@click.option("--lat-field", default="", help="Column with the latitude or northing of a table.")
@click.option("--header-row", type=click.IntRange(1, 1000), default=1, help="Row of a table's header.")
@click.option("--counts", type=input_file, help="Table with the counts.")
@click.option("--key", metavar="TABLE=LAYER", default="", help="Columns by which --counts is joined to FILE.")
@click.option(
    "--spread-over-area", is_flag=True, help="Use only the total of the table, spread over the area."
)
@click.option("--counted-on", type=day, help="Day of the count.")
@of_a_file
def population(file: Path, **given: Any) -> None:
    """Load people of an area: GeoTIFF, points, polygons with counts, or a total to be spread."""
    if not given["people_field"] and not is_tiff(file):
        raise click.UsageError("--people-field is missing")
    upload = Upload(file, file.name, given["counts"], _pair(given["key"]) if given["counts"] else ("", ""))
    columns = _columns(
        given,
        people=given["people_field"],
        ref=given["ref_field"],
        lon=given["lon_field"],
        lat=given["lat_field"],
        header_row=given["header_row"],
    )

    _load("population", upload, given, columns)


@click.command()
@file_argument
@click.option("--name-field", default="", help="Column with the road's name.")
@click.option("--class-field", default="", help="Column with the road's class.")
@click.option("--ref-field", default="", help="Column with a reference.")
@of_a_file
def roads(file: Path, **given: Any) -> None:
    """Load roads of an area from a layer of lines (GeoJSON or GeoPackage)."""
    columns = _columns(
        given, name=given["name_field"], road_class=given["class_field"], ref=given["ref_field"]
    )
    _load("roads", Upload(file, file.name), given, columns)


@click.command()
@file_argument
@of_a_file
def terrain(file: Path, **given: Any) -> None:
    """Load heights of an area from a GeoTIFF."""
    _load("terrain", Upload(file, file.name), given)


@click.group()
def demand() -> None:
    """What an area has of people, roads and heights; take a set away."""


@demand.command(name="list")
@area_option
@as_json
def list_(area: str, as_json: bool) -> None:
    """The sets that concern an area; those that count are marked."""
    with session.open_database().use_case(SERVICE) as connection:
        sets = loading.sets_of(connection, area)
    counted = counting(sets)
    rows = [
        {
            "kind": item.kind,
            "area": item.area_code,
            "source": item.source,
            "title": item.title,
            "items": item.items,
            "people": item.people,
            "recorded_at": item.recorded_at.isoformat(),
            "counts": item in counted,
        }
        for item in sets
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        mark, people = "*" if row["counts"] else " ", row["people"]
        shown = "" if people is None else f"{people:,.0f}"
        click.echo(
            f"{mark} {row['area']:>10}  {row['kind']:<8} {row['items']:>7} {shown:>14}  {row['source'] or '–'}"
        )
    if not rows:
        say("demand.none", area=area)


@demand.command()
@area_option
@click.option("--kind", type=click.Choice(sorted(TABLES)), required=True, help="What the set holds.")
@click.option("--source", required=True, help="Code of its source, as `demand list` shows it.")
@as_user
def remove(area: str, kind: str, source: str, login_name: str | None) -> None:
    """Take a set away; the one before it counts again."""
    with session.transaction(login_name) as (connection, actor):
        count = loading.remove(connection, actor, area, kind, source)
    say("demand.removed", count=count, source=source)


def _load(kind: str, upload: Upload, given: dict[str, Any], columns: Columns | None = None) -> None:
    counted: datetime | None = given.get("counted_on")
    target = Target(
        given["area"],
        config.load().files_dir,
        source_of(upload.name, given) if given["code"] else None,
        counted.date() if counted else None,
        given["dry_run"],
        given.get("spread_over_area", False),
        given["strict"],
    )
    with (
        progress_bar("", hidden=given["as_json"]) as report,
        session.transaction(given["login_name"]) as (connection, actor),
    ):
        loaded = loading.load(
            connection,
            actor,
            kind,
            upload,
            target,
            columns=columns,
            progress=lambda step, done, total: report(done, total, step),
        )
        report(loading.STEPS, loading.STEPS)
    _tell(loaded, as_json=given["as_json"])
    if loaded.findings.faulty:
        sys.exit(1)


def _tell(loaded: Loaded, *, as_json: bool) -> None:
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
    say(f"{key}.{loaded.kind}" if key != "demand.refused" else key, **loaded.amounts)


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
        "findings": [asdict(item) | {"said": words.fault(locale(), item)} for item in loaded.findings.listed],
    }


def _columns(given: dict[str, Any], **named: Any) -> Columns:
    return Columns(crs=given["crs"], only=tuple(_pair(pair) for pair in given["only"]), **named)


def _pair(text: str) -> tuple[str, str]:
    left, equals, right = text.partition("=")
    if not equals or not left.strip() or not right.strip():
        raise click.UsageError(f"{text!r} should be LEFT=RIGHT")
    return left.strip(), right.strip()
