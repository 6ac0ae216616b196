"""`infra-registry export`: assets of a kind as a file, at the level of whoever asks."""

from pathlib import Path
from typing import Any

import click

from infra_registry.access import ANONYMOUS
from infra_registry.assets.kinds import Kind
from infra_registry.cli import session
from infra_registry.cli.terminal import as_json, output_file, tell
from infra_registry.errors import RegistryError
from infra_registry.formats import write_csv, write_geojson
from infra_registry.publish import assets
from infra_registry.publish.query import parse_query

COLUMNS = (
    "code",
    "kind",
    "status",
    "name",
    "name_en",
    "address",
    "owner",
    "owner_stated",
    "operator",
    "operator_stated",
    "precision_m",
    "changed_at",
)


@click.command()
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in Kind]))
@click.option("--to", "path", required=True, type=output_file, help=".csv, .geojson")
@click.option("--bbox", help="west,south,east,north in degrees.")
@click.option("--as", "login_name", help="Export what this user may see (default: what anyone may).")
@click.option(
    "--lone-host",
    is_flag=True,
    help="Only what this user sees whole and stands on the only public host of a kind in its cell.",
)
@as_json
def export(
    kind: str, path: Path, bbox: str | None, login_name: str | None, lone_host: bool, as_json: bool
) -> None:
    """Write assets to a file. Hidden fields stay out, places are as exact as the reader may have them."""
    if path.suffix not in (".csv", ".geojson"):
        raise RegistryError("export.format", name=path.name)
    filters = {"kind": kind, "bbox": bbox or "", "lone_host": "true" if lone_host else ""}
    query = parse_query(filters)
    with (
        session.transaction(login_name, ANONYMOUS) as (connection, actor),
        path.open("w", encoding="utf-8", newline="") as out,
    ):
        items = assets.stream(connection, actor, query)
        if path.suffix == ".csv":
            columns = (*COLUMNS, "longitude", "latitude")
            count = write_csv(out, columns, ([row.get(name) for name in columns] for row in map(_row, items)))
        else:
            count = write_geojson(out, map(_feature, items))
    tell("export.done", {"path": str(path), "count": count}, as_json)


def _row(item: assets.Item) -> dict[str, Any]:
    longitude, latitude = item.centre
    return item.values | {"longitude": longitude, "latitude": latitude}


def _feature(item: assets.Item) -> dict[str, Any]:
    return {"type": "Feature", "properties": item.values, "geometry": item.geometry}
