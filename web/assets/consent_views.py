"""What waits for a party's consent: the list of both sides, one of them with its draft, the answer."""

from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.assets import consent_store, consents, edit
from infra_registry.assets.consent_store import Consent
from infra_registry.assets.kinds import KINDS, Kind
from infra_registry.db import Connection
from web.assets.act_forms import Acts, Form
from web.site.context import current_actor, named, render, t, use_case
from web.site.paging import page_number, pages
from web.site.replies import done
from web.site.routing import Feature

feature = Feature("consents", __name__)
EDIT = Permission.ASSET_EDIT
ROWS = 50


@feature.get("/consents", permission=EDIT)
def index() -> ResponseReturnValue:
    """What waits for one's own party, what it asked of others, and what was decided."""
    number = page_number("form.invalid")
    with use_case() as connection:
        rows = consent_store.listed(connection, limit=ROWS, offset=(number - 1) * ROWS)
        names = consents.named(connection, rows)
    return render(
        "consents/index.html",
        rows=[(row, *_people(row, names)) for row in rows],
        own=current_actor().party_id,
        pages=pages(number, ROWS, len(rows), rows[0].total if rows else 0),
        crumbs=[(t("assets.heading"), "/assets"), (t("consent.heading"), None)],
    )


@feature.get("/consents/<code>", permission=EDIT)
def show(code: str) -> ResponseReturnValue:
    """One consent: the draft, who asks, for whom it waits, and the forms of those who may decide."""
    return page(code, "", {}, {})


def page(code: str, _mark: str, sent: Form, errors: Form) -> str:
    """The page, with what was sent where it was refused."""
    actor = current_actor()
    with use_case() as connection:
        consent = consent_store.read(connection, code)
        names = consents.named(connection, [consent])
        rows = consent_store.rows(connection, consent.id) if consent.batch_id else ()
    waiting = consent.state == "waiting"
    asker, parties, missing = _people(consent, names)
    return render(
        "consents/show.html",
        consent=consent,
        asker=asker,
        parties=parties,
        missing=missing,
        facts=_facts(consent, names),
        place=consents.stated(consent, names).get("geometry"),
        rows=rows,
        mine=waiting and actor.party_id in consent.parties,
        in_place=waiting and actor.party_id not in consent.parties and edit.regulates(actor, consent.city_id),
        own=waiting and actor.party_id == consent.asked_party,
        sent=sent,
        errors=errors,
        crumbs=[(t("consent.heading"), url_for("consents.index")), (code, None)],
    )


acts = Acts(feature, "/consents/<code>", page, "consents.show", "reason")


@acts.post("answer", EDIT, "an")
def answer(connection: Connection, code: str, form: Form) -> str:
    """Agree or refuse, for one's own party or in the place of one without an account."""
    agree = form.get("agree") == "1"
    consent = consents.answer(connection, current_actor(), code, agree=agree, reason=form.get("reason", ""))
    return t(f"consent.done.{consent.state}", code=code)


@acts.post("withdraw", EDIT, "wd")
def withdraw(connection: Connection, code: str, _form: Form) -> str:
    """Take back what one's own party asked for."""
    consents.withdraw(connection, current_actor(), code)
    return t("consent.done.withdrawn", code=code)


def waits(connection: Connection, consent: Consent) -> ResponseReturnValue:
    """On to the consent that was asked for, saying whom it waits for."""
    missing = _people(consent, consents.named(connection, [consent]))[2]
    return done(t("consent.waits", parties=missing), url_for("consents.show", code=consent.code))


def _people(consent: Consent, names: dict[int, Any]) -> tuple[str, str, str]:
    """Who asked, whose consent it needs, and whose is missing, in the reader's language."""
    sign = t("law.list_sign")
    missing = consent.missing if consent.state == "waiting" else []
    listed = [sign.join(named(names[key]) for key in keys) for keys in (consent.parties, missing)]
    return named(names[consent.asked_party]), listed[0], listed[1]


def _facts(consent: Consent, names: dict[int, Any]) -> list[tuple[str, str]]:
    """What the draft says, as label and text."""
    labelled = {key: named(row) for key, row in names.items()}
    fields = {item.name: item for item in KINDS[Kind(consent.kind)].fields} if consent.kind else {}
    facts = []
    for name, value in consents.stated(consent, labelled).items():
        if name == "geometry":
            continue
        prefix = {"status": "status", "kind": "kind"}.get(name)
        if name in fields and fields[name].choices and value:
            prefix = f"choice.{name}"
        facts.append((t(f"field.{name}"), t(f"{prefix}.{value}") if prefix else str(value or "")))
    return facts
