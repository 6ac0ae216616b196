"""`infra-registry duties …`: what the law asks of an asset or in an area, on any day; rebuilding what is stored."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

import click
from sqlalchemy import Connection

from infra_registry.access import ANONYMOUS, SERVICE, Actor
from infra_registry.areas import Area
from infra_registry.areas import store as areas
from infra_registry.areas.ground_store import day_of
from infra_registry.cli import locale, session
from infra_registry.cli.terminal import as_json, as_user, phrase, print_json, progress_bar, say, tell
from infra_registry.duties.inforce.law import Law, law
from infra_registry.duties.judging import asking, duty_words, fact_store, surveying, work
from infra_registry.duties.judging.asking import SubjectAnswer
from infra_registry.duties.judging.surveying import Counted, Survey
from infra_registry.errors import Fault, Invalid, NotFound
from infra_registry.publish import record
from infra_registry.rules.engine import Answer, Duty, Judged
from infra_registry.rules.masking import Sight
from infra_registry.rules.model import SubjectKind


@click.group(invoke_without_command=True)
@click.option("--area", help="Code of an area: the clauses that bind there, and how many subjects.")
@click.option("--asset", help="Code of an asset: each duty with its conditions.")
@as_user
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
    on = _day(day)
    with session.transaction(login_name, ANONYMOUS if public else SERVICE) as (connection, actor):
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
    database = session.open_database()
    with database.use_case(SERVICE) as connection:
        keys = [book.key for book in law(connection).books]
        city_id = _find_area(connection, city).id if city else None
    faults = [
        Fault("book", book[:80], "duty.unknown_book", " | ".join(keys)) for book in books if book not in keys
    ]
    if faults:
        raise Invalid(faults)
    with progress_bar("duties", hidden=as_json) as report:
        chosen = list(books) or None
        tally = work.rebuild_in_steps(database, books=chosen, city_id=city_id, progress=report)
    counts = work.counts(tally)
    tell("duty.rebuilt", counts, as_json)


def _asset(
    connection: Connection, actor: Actor, in_force: Law, code: str, on: date | None, *, as_json: bool
) -> None:
    asking.require_seen(connection, SubjectKind.ASSET, code)
    asset = record.detail(connection, actor, code)
    sight, on = asset.sight, on or day_of(connection, asset.city_id)
    asset_duties = asking.answer_for_reader(connection, in_force, code, on, sight)
    if as_json:
        print_json(_asset_json(asset_duties, sight))
        return
    _head(in_force, asset_duties.answer, code, on)
    if asset_duties.answer.in_force and not asset_duties.answer.duties:
        say("duty.none", day=on)
    names = fact_store.party_names(
        connection, {party for d in asset_duties.answer.duties for party in asset_duties.addressed(d).parties}
    )
    for duty in asset_duties.answer.duties:
        _duty(asset_duties, duty, names, sight)


def _duty(asset_duties: SubjectAnswer, duty: Duty, names: dict[int, str], sight: Sight) -> None:
    language, to = locale(), asset_duties.addressed(duty)
    click.echo("\n" + _title(duty))
    visible = sight.clause(duty.clause)
    lines = [duty_words.state(duty, language) if visible else phrase("duty_pages.closed")]
    if to.word is not None:
        who = phrase(f"law.party.{to.word}")
        lines.append(
            phrase(
                "duty.addressee",
                who=phrase("duty.party", word=who, party=names[to.party]) if to.party else who,
            )
        )
    for items, exception in ((duty.conditions, False), (duty.exceptions, True)):
        lines += [
            duty_words.judged(item, language, exception=exception)
            for item in items
            if sight.test(item.condition.test)
        ]
    if duty.missing and visible:
        lines.append(phrase("duty.missing", facts=duty_words.missing(duty, language)))
    lines.append(phrase("duty.consequence", text=duty_words.consequence(duty.clause, language)))
    if duty.clause.remedy:
        lines.append(phrase("duty.next", text=duty.clause.remedy.of(language)))
    for line in lines:
        click.echo("  " + line)


def _title(duty: Duty) -> str:
    title = duty.clause.title.of(locale())
    return phrase("duty.line", citation=duty_words.citation(duty, locale()), title=title)


def _area(
    connection: Connection, in_force: Law, code: str, on: date | None, *, whole: bool, as_json: bool
) -> None:
    area = _find_area(connection, code)
    on = on or day_of(connection, area.id)
    survey = surveying.survey(connection, in_force, area.id, on, whole=whole)
    if as_json:
        print_json(_survey_json(code, survey, on))
        return
    _head(in_force, survey.law, area.name, on)
    say("duty.judged", n=survey.subjects)
    for counted in survey.clauses.values():
        _counted(counted)


def _counted(counted: Counted) -> None:
    language, duty = locale(), counted.example
    click.echo("\n" + _title(duty))
    click.echo("  " + phrase(f"law.modality.{duty.clause.modality}"))
    click.echo("  " + phrase("duty.subjects", counts=_counts("law.standing.", counted.standings)))
    click.echo("  " + phrase("duty.kept_counts", counts=_counts("law.kept.", counted.kept)))
    click.echo("  " + phrase("duty.consequence", text=duty_words.consequence(duty.clause, language)))


def _counts(prefix: str, counter: Counter[str]) -> str:
    named = [phrase("duty.counted", standing=phrase(prefix + name), n=n) for name, n in counter.most_common()]
    return phrase("duty.and").join(named)


def _head(in_force: Law, answer: Answer, name: str, on: date) -> None:
    say("duty.heading", name=name, day=on)
    if not answer.in_force:
        say("duty.no_rulebook", day=on)
    else:
        shorts = [
            book.instrument.short.of(locale()) for book in in_force.books if book.key in answer.in_force
        ]
        say("duty.in_force", books=phrase("duty.and").join(shorts))
    for book, part in answer.not_held:
        click.echo(duty_words.not_held(book, part, locale()))


def _asset_json(asset_duties: SubjectAnswer, sight: Sight) -> dict[str, Any]:
    return {
        "asset": asset_duties.item.code,
        "on": asset_duties.on.isoformat(),
        **_law_json(asset_duties.answer),
        "duties": [_duty_json(asset_duties, duty, sight) for duty in asset_duties.answer.duties],
    }


def _duty_json(asset_duties: SubjectAnswer, duty: Duty, sight: Sight) -> dict[str, Any]:
    visible = sight.clause(duty.clause)
    return {
        **_clause_json(duty),
        "standing": duty.standing if visible else None,
        "kept": duty.kept if visible else None,
        "by_reference": duty.by_reference,
        "addressee": asset_duties.addressed(duty).word,
        "conditions": _truths(duty.conditions, sight),
        "exceptions": _truths(duty.exceptions, sight),
        "missing": list(duty.missing) if visible else [],
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


def _survey_json(code: str, survey: Survey, on: date) -> dict[str, Any]:
    clauses = [
        {**_clause_json(item.example), "standings": dict(item.standings), "kept": dict(item.kept)}
        for item in survey.clauses.values()
    ]
    about = {"area": code, "on": on.isoformat(), "subjects": survey.subjects}
    return {**about, **_law_json(survey.law), "clauses": clauses}


def _law_json(answer: Answer) -> dict[str, Any]:
    missing = [{"rulebook": book.key, "articles": part.articles} for book, part in answer.not_held]
    return {"in_force": list(answer.in_force), "not_held": missing}


def _find_area(connection: Connection, code: str) -> Area:
    area = areas.find(connection, code)
    if area is None:
        raise NotFound("duty.no_area", code=code)
    return area


def _day(value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Invalid([Fault("on", value[:40], "duty.not_a_day", "2026-01-31")]) from None
