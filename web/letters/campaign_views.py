"""Campaigns of a regulator: choose whom to write to, look before sending, print or mail, follow, remind, close."""

from typing import Any

from flask import Response, redirect, request
from flask.typing import ResponseReturnValue

from infra_registry import audit
from infra_registry.access import Permission
from infra_registry.areas import store as areas
from infra_registry.areas.ground_store import day_of
from infra_registry.duties.inforce.law import law
from infra_registry.duties.letters import campaign_choice, campaign_store, campaigns, delivery_list
from infra_registry.errors import Fault, Invalid, NotFound
from infra_registry.formats import day
from infra_registry.rules.facts import VENUES
from web.letters import campaign_forms as forms
from web.letters import letter_pages as pages
from web.site.context import current_actor, named, render, t, use_case
from web.site.errors import messages
from web.site.paging import as_csv
from web.site.replies import attachment, done, sent_file
from web.site.routing import Feature

feature = Feature("campaigns", __name__)
RUN = Permission.CAMPAIGN_RUN
MAX_LIST = 1 << 20
COLUMNS = ("letter", "owner_code", "owner", "state", "buildings", "answered", "later", "not_ours", "sent", "delivered",
           "returned", "claimed", "answered_at", "reminders", "respondent")  # fmt: skip


@feature.get("/campaigns", permission=RUN)
def listing() -> ResponseReturnValue:
    """Campaigns of this actor's cities with their progress."""
    with use_case() as connection:
        return render("campaigns/list.html", rows=campaign_store.campaigns(connection))


@feature.get("/campaigns/new", permission=RUN)
def new() -> ResponseReturnValue:
    """Choose a city and owners, and see how many would be written to."""
    return _new({}, None)


@feature.post("/campaigns", permission=RUN)
def make() -> ResponseReturnValue:
    """Make the campaign with a letter for each owner; nothing is sent by that."""
    try:
        with use_case() as connection:
            code = campaigns.make(
                connection,
                law(connection),
                current_actor(),
                forms.choice(),
                forms.draft(),
                owners=request.form.getlist("owners")[:5000],
            )
    except Invalid as error:
        return _new(messages(error), request.form), error.status
    return done(t("campaigns.made", code=code), f"/campaigns/{code}")


def _new(errors: dict[str, str], sent: Any) -> str:
    with use_case() as connection:
        cities = forms.own_cities(connection)
        choice = forms.choice() if request.values.get("city") else None
        preview = None
        if choice is not None:
            if choice.city not in {item.code for item in cities}:
                raise NotFound("campaigns.no_city", code=choice.city[:40])
            preview = campaign_choice.preview(connection, law(connection), choice)
        districts = (
            areas.listed(connection, parent_id=preview.basis.city.id, level="district") if preview else []
        )
    return render(
        "campaigns/new.html",
        cities=cities,
        choice=choice,
        preview=preview,
        districts=districts,
        errors=errors,
        sent=sent or {},
        venues=VENUES,
        kinds=campaign_choice.KINDS,
        states=campaign_choice.UNANSWERED,
    )


@feature.get("/campaigns/<code>", permission=RUN)
def show(code: str) -> ResponseReturnValue:
    """How far a campaign has come, letter by letter."""
    if request.args.get("format") == "csv":
        return _csv(code)
    return _page(code, {}, request.args.get("state", ""))


@feature.get("/campaigns/<code>/letters/<owner>", permission=RUN)
def letter(code: str, owner: str) -> ResponseReturnValue:
    """One letter as it reads, without its link, and what was answered.

    The address names the owner: the letter's number opens a link and stands in no log.
    """
    with use_case() as connection:
        campaign = campaigns.read(connection, current_actor(), code)
        row, buildings = campaigns.letter_to(connection, campaign, owner)
        ground = pages.ground(connection, law(connection), campaign)
    return render(
        "campaigns/letter_page.html",
        campaign=campaign,
        ground=ground,
        page=pages.Page(row, buildings),
    )


@feature.post("/campaigns/<code>/print", permission=RUN)
def print_letters(code: str) -> ResponseReturnValue:
    """The letters chosen with a new link each, one a page, ready for the printer."""
    try:
        campaign, ground, issued = _issue(code, "letter")
    except Invalid as error:
        return _page(code, messages(error), request.form.get("state", "")), error.status
    pages.speak(request.form.get("language", ""))
    return render("campaigns/letters.html", campaign=campaign, ground=ground, pages=pages.issued(issued))


@feature.post("/campaigns/<code>/mail", permission=RUN)
def mail(code: str) -> ResponseReturnValue:
    """The letters chosen with a new link each, as messages or as a table, for the office's own mail program."""
    try:
        campaign, _, issued = _issue(code, "mail")
    except Invalid as error:
        return _page(code, messages(error), request.form.get("state", "")), error.status
    pages.speak(request.form.get("language", ""))
    if request.form.get("format") == "csv":
        header = [
            t(f"campaigns.column.{name}")
            for name in ("letter", "owner", "mail", "buildings", "link", "answer_by")
        ]
        rows = [
            (m.letter.code, named(m.letter, "party"), pages.mail_address(m.letter),
             len(m.buildings), pages.address(m.link), campaign.answer_by)
            for m in issued
        ]  # fmt: skip
        return as_csv(f"{code}.csv", header, rows)
    return attachment(pages.messages(campaign, issued), f"{code}.zip", "application/zip")


def _issue(code: str, channel: str) -> tuple[Any, pages.Ground, list[campaigns.Issued]]:
    reminder = request.form.get("reminder") == "1"
    with use_case(timeout_ms=60_000) as connection:
        campaign = campaigns.read(connection, current_actor(), code)
        chosen = forms.numbers(connection, campaign, reminder=reminder)
        issued = campaigns.issue(
            connection, current_actor(), code, chosen, channel=channel, reminder=reminder
        )
        return campaign, pages.ground(connection, law(connection), campaign), issued


@feature.post("/campaigns/<code>/mark", permission=RUN)
def mark(code: str) -> ResponseReturnValue:
    """Mark the letters chosen as delivered or returned on a day."""
    try:
        with use_case() as connection:
            campaign = campaigns.read(connection, current_actor(), code)
            chosen = forms.numbers(connection, campaign)
            on, what = day(request.form.get("on", "").strip()[:10]), request.form.get("mark", "")
            count = campaigns.mark(
                connection, current_actor(), code, [(number, what, on) for number in chosen]
            )
    except Invalid as error:
        return _page(code, messages(error), request.form.get("state", "")), error.status
    return done(t("campaigns.marked", count=count), f"/campaigns/{code}")


@feature.post("/campaigns/<code>/deliveries", permission=RUN, max_bytes=MAX_LIST + 4096)
def deliveries(code: str) -> ResponseReturnValue:
    """Mark letters from a list of deliveries."""
    try:
        dated = _listed()
        with use_case() as connection:
            count = campaigns.mark(connection, current_actor(), code, dated)
    except Invalid as error:
        return _page(code, messages(error), ""), error.status
    return done(t("campaigns.marked", count=count), f"/campaigns/{code}")


def _listed() -> list[delivery_list.Dated]:
    file = sent_file()
    if file is None:
        raise Invalid([Fault("file", None, "campaigns.fault.no_file")])
    return delivery_list.parse(file.stream.read(MAX_LIST + 1), file.filename or "")


@feature.post("/campaigns/<code>/close", permission=RUN)
def close(code: str) -> ResponseReturnValue:
    """Close the campaign: its links open nothing any more."""
    with use_case() as connection:
        campaigns.close(connection, current_actor(), code)
    return done(t("campaigns.closed_now", code=code), f"/campaigns/{code}")


@feature.get("/campaigns/<code>/<any(print, mail, mark, deliveries, close):_act>", permission=RUN)
def back(code: str, _act: str) -> ResponseReturnValue:
    """The address of an answer, opened by hand: the campaign."""
    return redirect(f"/campaigns/{code}", 303)


def _page(code: str, errors: dict[str, str], state: str) -> str:
    with use_case() as connection:
        campaign = campaigns.read(connection, current_actor(), code)
        today = day_of(connection, campaign.city_id)
        rows = campaigns.letters(connection, campaign, state)
        ground = pages.ground(connection, law(connection), campaign)
    return render(
        "campaigns/show.html",
        campaign=campaign,
        rows=rows,
        ground=ground,
        state=state,
        states=campaigns.STATES,
        errors=errors,
        today=today.isoformat(),
    )


def _csv(code: str) -> Response:
    with use_case() as connection:
        campaign = campaigns.read(connection, current_actor(), code)
        rows = campaigns.letters(connection, campaign)
        audit.note(connection, "export", "letter", ref=code, count=len(rows))
    lines = [
        (r.code, r.party_code, named(r, "party"), t(f"campaigns.state.{r.state}"), r.buildings,
         r.answered, r.later, r.not_ours, r.sent_at, r.delivered_at, r.returned_at, r.claimed_at, r.answered_at,
         r.reminders, r.respondent)
        for r in rows
    ]  # fmt: skip
    return as_csv(f"{code}.csv", [t(f"campaigns.column.{name}") for name in COLUMNS], lines)
