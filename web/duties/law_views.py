"""The law as the register holds it: instruments, one of them clause by clause, cities side by side, due dates."""

from flask import request
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.config import today
from infra_registry.duties.inforce.law import law
from infra_registry.duties.inforce.law_file import topics
from infra_registry.rules.comparison import compare
from web.duties import due_date_form, law_page
from web.site.context import locale, reading, render, t
from web.site.routing import Feature

feature = Feature("law", __name__)
READ = Permission.LAW_READ


@feature.get("/law", permission=READ)
def index() -> ResponseReturnValue:
    """Every instrument with its force, how well it was checked, whom it binds now."""
    with reading() as connection:
        in_force = law(connection)
        lines = list(law_page.lines(connection, in_force))
    return render("law/index.html", lines=lines, unreadable=in_force.unreadable, words=law_page.WORDING)


@feature.get("/law/compare", permission=READ)
def comparison() -> ResponseReturnValue:
    """Cities by topic, made from the rulebooks in force."""
    with reading() as connection:
        in_force = law(connection)
    table = compare(in_force.books, in_force.topics)
    return render("law/compare.html", table=table, words=law_page.WORDING, crumbs=_crumbs(t("law.compare")))


@feature.get("/law/dates", permission=READ)
def dates() -> ResponseReturnValue:
    """A due date with everything it was counted from."""
    with reading() as connection:
        in_force = law(connection)
    result = due_date_form.answer(in_force, request.args)
    offered = due_date_form.options(in_force.procedures)
    page = render(
        "law/dates.html", result=result, offered=offered, today=today(), crumbs=_crumbs(t("law.dates"))
    )
    return page, 422 if result.errors else 200


@feature.get("/law/<book>", permission=READ)
def show(book: str) -> ResponseReturnValue:
    """One instrument, clause by clause."""
    with reading() as connection:
        rulebook = law(connection).book(book)
        counts = law_page.counts(connection, rulebook.key)
    names = {topic.key: topic.name for topic in topics()}
    crumbs = _crumbs(rulebook.instrument.short.of(locale()))
    return render(
        "law/book.html",
        book=rulebook,
        counts=counts,
        none=law_page.NONE,
        words=law_page.WORDING,
        topics=names,
        crumbs=crumbs,
    )


def _crumbs(last: str) -> list[tuple[str, str | None]]:
    return [(t("frame.nav.law"), "/law"), (last, None)]
