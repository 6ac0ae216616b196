"""`infra-registry sites …`: which hosts, works and new sites would close the gaps of a run, and the best sets."""

from typing import Any

import click
from sqlalchemy import Connection

from infra_registry.cli import locale, session
from infra_registry.cli.terminal import as_json, as_user, phrase, print_json, say
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.radio.result.store import RemedyFilter
from infra_registry.coverage.remedies.record import has_law
from infra_registry.coverage.runs import store as run_store
from infra_registry.errors import Conflict, NotFound
from infra_registry.reports.names import area_name
from infra_registry.reports.radio.terminal import remedy_lines, set_lines

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
@as_user
@as_json
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
    remedy_filter = RemedyFilter(technology=technology, gap=gap)
    with session.transaction(login_name) as (connection, _):
        radio_run = _run(connection, run, area)
        rows = result_store.remedies(connection, radio_run, edition, remedy_filter, limit=limit)
        sets = result_store.sets(connection, radio_run, edition)
        law_held = has_law(connection, radio_run["area_id"], radio_run["as_of"])
    if as_json:
        facts = {"run": radio_run["code"], "area": radio_run["area_code"], "edition": edition}
        facts |= {"law_held": law_held, "remedies": rows, "sets": sets}
        print_json(facts)
        return
    summary = ((radio_run["summary"] or {}).get(edition) or {}).get("remedies") or {}
    here = locale()
    place = {"area": area_name(radio_run, here), "run": radio_run["code"]}
    say("sites.heading", **place, edition=phrase(f"sites.edition.{edition}"))
    for line in (*remedy_lines(rows, here), *set_lines(sets, summary, here)):
        click.echo(line)
    if rows and not law_held:
        say("remedy.no_rulebook")


def _run(connection: Connection, code: str | None, area: str | None) -> dict[str, Any]:
    """The run that is meant; raises NotFound or Conflict with what to do."""
    if code is not None:
        run = run_store.run(connection, code)
        if run["method"] != "radio":
            raise NotFound("sites.not_radio", run=code)
        if run["ended_at"] is None:
            raise Conflict("sites.not_done", run=code)
        return run
    for row in run_store.runs(connection, method="radio", limit=200):
        if row["area_code"] == area and row["ended_at"] is not None:
            return row
    raise NotFound("sites.no_run", area=area)
