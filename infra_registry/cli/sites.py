"""`infra-registry sites …`: which hosts, works and new sites would close the gaps of a run, and the best sets."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import click
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from infra_registry import words
from infra_registry.access import SERVICE
from infra_registry.cli import locale
from infra_registry.cli.session import open_database
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.radio.result.store import RemedyFilter
from infra_registry.coverage.remedies import area_law, sentences
from infra_registry.coverage.runs import store as run_store
from infra_registry.errors import Conflict, NotFound
from infra_registry.parties import login

TIMEOUT_MS = 120_000
MOST = 500


@click.group()
def sites() -> None:
    """Where a site would close a gap: sharing what stands first."""


@sites.command()
@click.argument("run", required=False)
@click.option("--area", help="Code of an area: its newest finished radio run.")
@click.option("--edition", type=click.Choice(["internal", "public"]), default="internal", show_default=True)
@click.option("--technology", help="Only this technology.")
@click.option("--gap", type=click.IntRange(1), help="Only what serves the gap of this rank.")
@click.option("--limit", type=click.IntRange(1, MOST), default=20, show_default=True)
@click.option("--as", "login_name", help="Log-in to read as (default: the product itself).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for programs.")
def recommend(
    run: str | None,
    area: str | None,
    edition: str,
    technology: str | None,
    gap: int | None,
    limit: int,
    login_name: str | None,
    *,
    as_json: bool,
) -> None:
    """Remedies of a RUN, or of the newest one of an area: what each would give, what stands in its way, the sets."""
    if (run is None) == (area is None):
        raise click.UsageError("give a RUN or --area CODE")
    database = open_database()
    actor = login.actor_of(database, login_name) if login_name else SERVICE
    wanted = RemedyFilter(technology=technology, gap=gap)
    with database.use_case(actor, timeout_ms=TIMEOUT_MS) as connection:
        found = _run(connection, run, area)
        rows = result_store.remedies(connection, found, edition, wanted, limit=limit)
        sets = result_store.sets(connection, found, edition)
        law_held = area_law.held(connection, found["area_id"], found["as_of"])
    if as_json:
        told = {"run": found["code"], "area": found["area_code"], "edition": edition}
        click.echo(
            json.dumps(
                told | {"law_held": law_held, "remedies": rows, "sets": sets},
                ensure_ascii=False,
                default=_plain,
            )
        )
        return
    _show(found, edition, rows, sets)
    if rows and not law_held:
        click.echo(_t("remedy.no_rulebook"))


def _run(connection: Connection, code: str | None, area: str | None) -> dict[str, Any]:
    """The run that is meant; raises NotFound or Conflict with what to do."""
    if code is not None:
        found = run_store.run(connection, code)
        if found["method"] != "radio":
            raise NotFound("sites.not_radio", run=code)
        if found["ended_at"] is None:
            raise Conflict("sites.not_done", run=code)
        return found
    for row in run_store.runs(connection, method="radio", limit=200):
        if row["area_code"] == area and row["ended_at"] is not None:
            return row
    raise NotFound("sites.no_run", area=area)


def _show(
    run: Mapping[str, Any],
    edition: str,
    rows: Sequence[Mapping[str, Any]],
    sets: Sequence[Mapping[str, Any]],
) -> None:
    name = words.name_of(run, locale(), "area_name")
    click.echo(_t("sites.heading", area=name, run=run["code"], edition=_t(f"sites.edition.{edition}")))
    if not rows:
        click.echo(_t("sites.none"))
    for row in rows:
        click.echo(_row(row))
        if row["duty"]:
            click.echo(f"    {row['duty']['citation'][_column()]}")
        for one in row["obstacles"]:
            click.echo(f"    – {sentences.obstacle(one, locale())}")
            lift = sentences.lifting(one, locale())
            if lift:
                click.echo(f"      → {lift}")
    for one in sets:
        click.echo(set_line(one))
    kept_from = ((run["summary"] or {}).get(edition) or {}).get("remedies", {}).get("kept_from")
    if kept_from:
        click.echo(_t("remedy.cost", people=f"{kept_from:,.0f}"))


def _row(row: Mapping[str, Any]) -> str:
    """One remedy: what it is, what it would give, what room is left."""
    kind = row["asset_kind"]
    what = _t(f"kind.{kind}") if kind else _t(f"remedy.kind.{row['candidate_kind']}")
    named = row["asset_name"] or row["project_name"]
    code = row["asset"] or row["project"]
    if row["candidate_kind"] == "new_site" and row["geom"] is not None:
        named = f"{row['geom'].y:.5f}, {row['geom'].x:.5f}"
    people, free = row["people_gained"], row["free_units"]
    unknown = _t("remedy.free.unknown")
    return _t(
        "sites.row",
        ordinal=row["ordinal"],
        what=" ".join(part for part in (what, named, code) if part),
        technology=_t(f"choice.technology.{row['technology']}"),
        people=_t("sites.people_not_known") if people is None else f"{people:,.0f}",
        area=f"{row['area_gained_m2']:,.0f}",
        free=unknown if free is None else _t("remedy.free.places", count=free),
    )


def set_line(one: Mapping[str, Any]) -> str:
    """One set: its aim, how many it takes, whom it serves, what is proven."""
    budget = one["aim"] == "budget"
    wanted = {"count": f"{one['wanted']:.0f}"} if budget else {"share": f"{one['wanted'] * 100:g}"}
    ground = any("area" in reason["params"] for reason in one["reasons"])
    key = "remedy.set.line_target" if not budget else "remedy.set.line_area" if ground else "remedy.set.line"
    said = _t(
        key,
        aim=_t(f"remedy.set.{one['aim']}", **wanted),
        sites=" ".join(f"#{ordinal}" for ordinal in one["chosen"]) or _t("remedy.set.none"),
        people=f"{one['people']:,.0f}",
        bound=f"{one['bound']:,.0f}",
        method=one["method"],
    )
    return (_t("remedy.set.lifted") if one["lifted"] else "") + said


def _column() -> str:
    return "en" if locale() == "en" else "zh"


def _plain(value: Any) -> Any:
    if isinstance(value, BaseGeometry):
        return value.__geo_interface__
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _t(key: str, **params: Any) -> str:
    return words.say(locale(), key, **params)
