"""`infra-registry duties …`: what the law asks of an asset or in an area, on any day; rebuilding what is stored."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

import click
from sqlalchemy import Connection

from infra_registry import words
from infra_registry.access import ANONYMOUS, SERVICE, Actor
from infra_registry.areas import store as areas
from infra_registry.areas.ground_store import day_of
from infra_registry.cli import locale
from infra_registry.cli.session import open_database
from infra_registry.duties.inforce.law import Law, law
from infra_registry.duties.judging import asking, duty_words, fact_store, surveying, work
from infra_registry.duties.judging.asking import Asked
from infra_registry.duties.judging.surveying import Counted, Survey
from infra_registry.errors import Fault, Invalid, NotFound
from infra_registry.parties import login
from infra_registry.publish import record
from infra_registry.rules.engine import Answer, Duty, Judged
from infra_registry.rules.masking import Sight
from infra_registry.rules.model import SubjectKind

TIMEOUT_MS = 600_000
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object for programs.")


@click.group(invoke_without_command=True)
@click.option("--area", help="Code of an area: the clauses that bind there, and how many subjects.")
@click.option("--asset", help="Code of an asset: each duty with its conditions.")
@click.option("--as", "login_name", help="Log-in to read as (default: the product itself).")
@click.option("--public", is_flag=True, help="What anyone may know.")
@click.option("--on", "day", help="The day asked about (default: today).")
@as_json
@click.pass_context
def duties(
    ctx: click.Context,
    area: str | None,
    asset: str | None,
    login_name: str | None,
    public: bool,
    day: str | None,
    as_json: bool,
) -> None:
    """What the law asks of an asset, or in an area, on a day."""
    if ctx.invoked_subcommand is not None:
        return
    if (area is None) == (asset is None):
        raise click.UsageError("give --area CODE or --asset CODE")
    if public and login_name:
        raise click.UsageError("give --public or --as LOGIN")
    on, database = _day(day), open_database()
    actor = login.actor_of(database, login_name) if login_name else ANONYMOUS if public else SERVICE
    with database.use_case(actor, timeout_ms=TIMEOUT_MS) as connection:
        in_force = law(connection)
        if asset is not None:
            _asset(connection, actor, in_force, asset, on, as_json=as_json)
        else:
            _area(connection, in_force, area or "", on, whole=actor.service, as_json=as_json)


@duties.command()
@click.option("--book", "books", multiple=True, help="Key of a rulebook; may be repeated (default: all).")
@click.option("--city", help="Code of a city: its subjects alone.")
@as_json
def rebuild(books: tuple[str, ...], city: str | None, as_json: bool) -> None:
    """Compute the stored duties anew; only rows that differ are written."""
    database = open_database()
    with database.use_case(SERVICE) as connection:
        keys = [book.key for book in law(connection).books]
        area_of_city = _found(connection, city) if city else None
    faults = [
        Fault("book", key[:80], "duty.unknown_book", " | ".join(keys)) for key in books if key not in keys
    ]
    if faults:
        raise Invalid(faults)
    with click.progressbar(length=0, label="duties", hidden=as_json) as bar:

        def watch(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        chosen = list(books) or None
        tally = work.rebuild_in_steps(
            database, books=chosen, city_id=area_of_city.id if area_of_city else None, progress=watch
        )
    counts = work.counts(tally)
    click.echo(json.dumps(counts) if as_json else _t("duty.rebuilt", **counts))


def _asset(
    connection: Connection, actor: Actor, in_force: Law, code: str, on: date | None, *, as_json: bool
) -> None:
    asking.require_seen(connection, SubjectKind.ASSET, code)
    asset = record.detail(connection, actor, code)
    sight, on = asset.sight, on or day_of(connection, asset.city_id)
    judged = asking.told(connection, in_force, code, on, sight)
    if as_json:
        click.echo(json.dumps(_asked_json(judged, sight), ensure_ascii=False))
        return
    _head(in_force, judged.answer, code, on)
    if judged.answer.in_force and not judged.answer.duties:
        click.echo(_t("duty.none", day=on))
    names = fact_store.party_names(
        connection, {party_id for d in judged.answer.duties for party_id in judged.addressed(d).parties}
    )
    for duty in judged.answer.duties:
        _duty(judged, duty, names, sight)


def _duty(judged: Asked, duty: Duty, names: dict[int, str], sight: Sight) -> None:
    language, to = locale(), judged.addressed(duty)
    click.echo(
        "\n"
        + _t("duty.line", citation=duty_words.citation(duty, language), title=duty.clause.title.of(language))
    )
    shown = sight.clause(duty.clause)
    lines = [duty_words.state(duty, language) if shown else _t("duty_pages.closed")]
    if to.word is not None:
        who = _t(f"law.party.{to.word}")
        lines.append(
            _t("duty.addressee", who=_t("duty.party", word=who, party=names[to.party]) if to.party else who)
        )
    for items, exception in ((duty.conditions, False), (duty.exceptions, True)):
        lines += [
            duty_words.judged(item, language, exception=exception)
            for item in items
            if sight.test(item.condition.test)
        ]
    if duty.missing and shown:
        lines.append(_t("duty.missing", facts=duty_words.missing(duty, language)))
    lines.append(_t("duty.consequence", text=duty_words.consequence(duty.clause, language)))
    if duty.clause.remedy:
        lines.append(_t("duty.next", text=duty.clause.remedy.of(language)))
    for line in lines:
        click.echo("  " + line)


def _title(duty: Duty) -> str:
    title = duty.clause.title.of(locale())
    return _t("duty.line", citation=duty_words.citation(duty, locale()), title=title)


def _area(
    connection: Connection, in_force: Law, code: str, on: date | None, *, whole: bool, as_json: bool
) -> None:
    area = _found(connection, code)
    on = on or day_of(connection, area.id)
    survey = surveying.survey(connection, in_force, area.id, on, whole=whole)
    if as_json:
        click.echo(json.dumps(_survey_json(code, survey, on), ensure_ascii=False))
        return
    _head(in_force, survey.law, area.name, on)
    click.echo(_t("duty.judged", n=survey.subjects))
    for counted in survey.clauses.values():
        _counted(counted)


def _counted(counted: Counted) -> None:
    language, duty = locale(), counted.example
    click.echo(
        "\n"
        + _t("duty.line", citation=duty_words.citation(duty, language), title=duty.clause.title.of(language))
    )
    click.echo("  " + _t(f"law.modality.{duty.clause.modality}"))
    click.echo("  " + _t("duty.subjects", counts=_counts("law.standing.", counted.standings)))
    click.echo("  " + _t("duty.kept_counts", counts=_counts("law.kept.", counted.kept)))
    click.echo("  " + _t("duty.consequence", text=duty_words.consequence(duty.clause, language)))


def _counts(prefix: str, counter: Counter[str]) -> str:
    named = [_t("duty.counted", standing=_t(prefix + name), n=n) for name, n in counter.most_common()]
    return _t("duty.and").join(named)


def _head(in_force: Law, answer: Answer, name: str, on: date) -> None:
    click.echo(_t("duty.heading", name=name, day=on))
    if not answer.in_force:
        click.echo(_t("duty.no_rulebook", day=on))
    else:
        shorts = [
            book.instrument.short.of(locale()) for book in in_force.books if book.key in answer.in_force
        ]
        click.echo(_t("duty.in_force", books=_t("duty.and").join(shorts)))
    for book, part in answer.not_held:
        click.echo(duty_words.not_held(book, part, locale()))


def _asked_json(asked: Asked, sight: Sight) -> dict[str, Any]:
    return {
        "asset": asked.known.code,
        "on": asked.on.isoformat(),
        **_law_json(asked.answer),
        "duties": [_duty_json(asked, duty, sight) for duty in asked.answer.duties],
    }


def _duty_json(judged: Asked, duty: Duty, sight: Sight) -> dict[str, Any]:
    shown = sight.clause(duty.clause)
    return {
        **_clause_json(duty),
        "standing": duty.standing if shown else None,
        "kept": duty.kept if shown else None,
        "by_reference": duty.by_reference,
        "addressee": judged.addressed(duty).word,
        "conditions": _truths(duty.conditions, sight),
        "exceptions": _truths(duty.exceptions, sight),
        "missing": list(duty.missing) if shown else [],
    }


def _truths(items: Iterable[Judged], sight: Sight) -> dict[str, str | None]:
    return {item.condition.key: item.truth if sight.test(item.condition.test) else None for item in items}


def _clause_json(duty: Duty) -> dict[str, Any]:
    return {
        "rulebook": duty.book.key,
        "clause": duty.clause.key,
        "citation": duty_words.citation(duty, locale()),
        "modality": duty.clause.modality,
        "effect": duty.clause.effect,
        "consequence": duty_words.consequence(duty.clause, locale()),
        "digest": duty.book.digest,
    }


def _survey_json(code: str, found: Survey, on: date) -> dict[str, Any]:
    clauses = [
        {**_clause_json(one.example), "standings": dict(one.standings), "kept": dict(one.kept)}
        for one in found.clauses.values()
    ]
    about = {"area": code, "on": on.isoformat(), "subjects": found.subjects}
    return {**about, **_law_json(found.law), "clauses": clauses}


def _law_json(answer: Answer) -> dict[str, Any]:
    missing = [{"rulebook": book.key, "articles": part.articles} for book, part in answer.not_held]
    return {"in_force": list(answer.in_force), "not_held": missing}


def _found(connection: Connection, code: str) -> Any:
    found = areas.find(connection, code)
    if found is None:
        raise NotFound("duty.no_area", code=code)
    return found


def _day(value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Invalid([Fault("on", value[:40], "duty.not_a_day", "2026-01-31")]) from None


def _t(key: str, **params: Any) -> str:
    return words.say(locale(), key, **params)
