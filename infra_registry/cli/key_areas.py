"""`infra-registry key-areas …`: load a government's list of key public areas, show the lists, undo one."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from infra_registry import words
from infra_registry.access import SERVICE
from infra_registry.areas.ground_store import day_of
from infra_registry.cli import locale, session
from infra_registry.cli.terminal import (
    as_json,
    as_user,
    day,
    input_file,
    output_file,
    phrase,
    print_json,
    say,
)
from infra_registry.duties.key_lists import key_area_store as store
from infra_registry.duties.key_lists import key_areas
from infra_registry.duties.key_lists.key_area_reading import CAPS, ListFinding
from infra_registry.duties.key_lists.key_areas import Loaded
from infra_registry.errors import RegistryError
from infra_registry.formats import write_csv

HEADER = ("severity", "row", "field", "value", "code", "expected", "text")
city_option = click.option("--city", required=True, help="Code of the city, e.g. 370800.")


@click.group(name="key-areas")
def key_areas_() -> None:
    """Key public areas: dated lists a government issued."""


@key_areas_.command(name="import")
@click.argument("file", type=input_file)
@city_option
@click.option("--crs", help="EPSG:n of the coordinates; else what the file says, else EPSG:4326.")
@click.option("--dry-run", is_flag=True, help="Check only.")
@click.option("--report", type=output_file, help="CSV of every finding.")
@as_user
@as_json
@click.pass_context
def import_(ctx: click.Context, /, file: Path, city: str, as_json: bool, **given: Any) -> None:
    """Load the list in FILE (CSV, XLSX, GeoJSON). Exit code 1: refused with findings, nothing written."""
    if file.stat().st_size > CAPS.max_bytes:
        raise RegistryError("file.too_large", value=file.name, expected=CAPS.max_bytes >> 20)
    with session.transaction(given["login_name"]) as (connection, actor):
        loaded = key_areas.load_file(
            connection,
            actor,
            city,
            (file.read_bytes(), file.name),
            crs=given["crs"],
            dry_run=given["dry_run"],
        )
    if given["report"]:
        with given["report"].open("w", encoding="utf-8", newline="") as out:
            write_csv(out, HEADER, [_cells(item) for item in loaded.findings])
    _tell(loaded, as_json=as_json)
    ctx.exit(1 if loaded.faulty else 0)


@key_areas_.command(name="list")
@city_option
@as_json
def list_(city: str, as_json: bool) -> None:
    """The lists of a city, the newest first; * holds today."""
    with session.open_database().use_case(SERVICE) as connection:
        city_id = key_areas.find_city(connection, city).id
        lists = store.lists(connection, city_id, day_of(connection, city_id))
    if as_json:
        print_json([row._asdict() for row in lists])
        return
    for row in lists:
        mark = "*" if row.holds else " "
        click.echo(
            f"{mark} {row.issued_on}  {row.ends_on or '':<10}  {row.areas:>5}  {row.list_title}  {row.issued_by}"
        )
    if not lists:
        say("wifi.no_list")


@key_areas_.command()
@city_option
@click.option("--issued-on", type=day, required=True, help="Day the list was issued.")
@as_user
def undo(city: str, issued_on: datetime, login_name: str | None) -> None:
    """Take a list away; the one before holds again."""
    with session.transaction(login_name) as (connection, actor):
        gone = key_areas.undo(connection, actor, city, issued_on.date())
    say("key_area.undone", count=gone, day=issued_on.date().isoformat())


def _cells(item: ListFinding) -> tuple[Any, ...]:
    text = words.fault(locale(), item)
    return (item.severity, item.row, item.field, item.value, item.code, item.expected, text)


def _tell(loaded: Loaded, *, as_json: bool) -> None:
    issued = loaded.issued
    if as_json:
        facts = {
            "written": loaded.written,
            "rows": loaded.rows,
            "areas": loaded.areas,
            "crs": loaded.crs,
            "list": issued.title if issued else None,
            "issued_on": str(issued.issued_on) if issued else None,
            "ended": [loaded.ended[0], str(loaded.ended[1])] if loaded.ended else None,
            "findings": [dict(zip(HEADER, _cells(item), strict=True)) for item in loaded.findings],
        }
        print_json(facts)
        return
    for item in loaded.findings:
        click.echo(f"{item.row:>5}  {item.field}  {_cells(item)[-1]}", err=True)
    if loaded.faulty:
        count = sum(1 for item in loaded.findings if item.severity == "error")
        click.echo(phrase("key_area.refused", count=count), err=True)
    elif not loaded.written:
        say("key_area.fine", count=loaded.areas, crs=loaded.crs)
    elif issued:
        say("key_area.loaded", count=loaded.areas, title=issued.title)
    if loaded.ended:
        say("key_area.ended", title=loaded.ended[0], day=str(loaded.ended[1]))
