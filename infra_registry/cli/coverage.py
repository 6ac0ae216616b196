"""`infra-registry coverage …`: run an analysis, look at it, take it away."""

import json
from pathlib import Path
from typing import Any

import click

from infra_registry import jobs, words
from infra_registry.access import SERVICE
from infra_registry.cli import locale
from infra_registry.cli.session import open_database
from infra_registry.coverage import run_store
from infra_registry.coverage.wifi import export, store, work
from infra_registry.coverage.wifi.finding import Question
from infra_registry.coverage.wifi.follows import follows, rests_on
from infra_registry.coverage.wifi.speaking import of_wifi
from infra_registry.coverage.wifi.store import GapFilter
from infra_registry.errors import Conflict, Fault, Invalid, RegistryError

TIMEOUT_MS = 600_000
SHOWN_GAPS = 20
VENDOR = Path(__file__).resolve().parents[2] / "web" / "static" / "vendor"
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object for programs.")


@click.group()
def coverage() -> None:
    """Analyses: who has no free WiFi near."""


@coverage.command(name="run")
@click.argument("method", type=click.Choice(["wifi"]))
@click.option("--area", required=True, help="Code of the area.")
@click.option("--reach-m", type=float, help="Reach of zones that state none (default: as in data/coverage).")
@click.option(
    "--family", "families", multiple=True, help="Venue family; repeatable (default: those the law lists)."
)
@as_json
def run_(method: str, area: str, reach_m: float | None, families: tuple[str, ...], as_json: bool) -> None:
    """Run METHOD over an area and wait for the result."""
    database = open_database()
    asked = Question(area, reach_m, families or None)
    with database.use_case(SERVICE, timeout_ms=TIMEOUT_MS) as connection:
        code, job = work.ask(connection, SERVICE, asked)
    with click.progressbar(length=3, label=method, hidden=as_json) as bar:
        ended = jobs.run_now(database, job, watch=lambda seen: bar.update(max(0, seen.done - bar.pos)))
        bar.update(3 - bar.pos)
    if ended.state != "done":
        raise RegistryError(ended.problem or "job.broken", **(ended.problem_params or {"code": job}))
    _show(code, as_json)


@coverage.command()
@click.argument("run", required=False)
@as_json
def show(run: str | None, as_json: bool) -> None:
    """Show a RUN, or list all of them."""
    if run:
        _show(run, as_json)
        return
    with open_database().use_case(SERVICE) as connection:
        rows = [export.describe(row) for row in run_store.runs(connection, limit=200)]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        state = "waiting" if row["ended_at"] is None else "public" if row["public"] else "internal"
        click.echo(f"{row['code']}  {row['as_of']}  {row['area']}  {_t('coverage.state.' + state)}")


@coverage.command(name="export")
@click.argument("run")
@click.option("--to", "target", required=True, type=click.Path(dir_okay=False, path_type=Path))
def export_(run: str, target: Path) -> None:
    """Write the gaps of a RUN to a .geojson, .csv or .html file."""
    writer = export.WRITERS.get(target.suffix.lower())
    if writer is None:
        raise Invalid(
            [Fault("to", target.suffix or target.name, "coverage.export_type", " ".join(export.WRITERS))]
        )
    with open_database().use_case(SERVICE, timeout_ms=TIMEOUT_MS) as connection:
        content = writer(connection, _ended(run_store.run(connection, run)), locale(), VENDOR)
    target.write_text(content, "utf-8", newline="")
    click.echo(str(target))


def _show(code: str, as_json: bool) -> None:
    with open_database().use_case(SERVICE) as connection:
        run = run_store.run(connection, code)
        gaps = store.gaps(connection, run["id"], GapFilter(), limit=SHOWN_GAPS)
        said = of_wifi(connection, run["area_id"], run["as_of"])
    if as_json:
        click.echo(json.dumps(export.describe(run), ensure_ascii=False))
        return
    click.echo(_t("coverage.run_heading", area=run["area_name"]) + f"  {code}  {run['as_of']}")
    if run["summary"] is None:
        click.echo(_t("coverage.state.waiting"))
        return
    _table(run["summary"])
    for item in follows(run["summary"], said, locale()):
        click.echo("• " + item.plain(locale()))
    for key, params in rests_on(run):
        click.echo("• " + _t(key, **params))
    for gap in gaps:
        where = gap["asset_name"] or f"{gap['lon']:.5f}, {gap['lat']:.5f}"
        near = _t("coverage.nearest_none") if gap["nearest_m"] is None else f"{gap['nearest_m']:.0f} m"
        click.echo(f"{gap['ordinal']:>6}  {_t('coverage.kind.' + gap['gap_kind'])}  {where}  {near}")


def _ended(run: dict[str, Any]) -> dict[str, Any]:
    if run["summary"] is None:
        raise Conflict("coverage.not_ended", run=run["code"])
    return run


def _table(summary: dict[str, Any]) -> None:
    heads = (
        "district",
        "venues",
        "venues_without",
        "inhabited",
        "inhabited_without",
        "people",
        "people_without",
    )
    click.echo("\t".join(_t(f"coverage.{head}") for head in heads))
    for row in [*summary["districts"], {"name": _t("coverage.all"), **summary["total"]}]:
        name = row["name"] or _t("coverage.no_district")
        click.echo("\t".join([name, *(str(row[head]) for head in heads[1:])]))


def _t(key: str, **params: Any) -> str:
    return words.say(locale(), key, **params)
