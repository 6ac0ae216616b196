"""What waits for a party's consent: the list of both sides, one of them with its draft, the answer."""

from flask import url_for
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.assets import consent_store, consents, edit
from infra_registry.assets.consent_store import Consent, Name
from infra_registry.assets.fields import FieldType
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
    return render(
        "consents/index.html",
        rows=[(row, *_people(row)) for row in rows],
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
        rows = consent_store.rows(connection, consent.id) if consent.batch_id else ()
    waiting = consent.state == "waiting"
    asker, parties, missing = _people(consent)
    return render(
        "consents/show.html",
        consent=consent,
        asker=asker,
        parties=parties,
        missing=missing,
        facts=_facts(consent),
        place=consents.stated(consent).get("geometry"),
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


def waits(consent: Consent) -> ResponseReturnValue:
    """On to the consent that was asked for, saying whom it waits for."""
    return done(t("consent.waits", parties=_people(consent)[2]), url_for("consents.show", code=consent.code))


def _people(consent: Consent) -> tuple[str, str, str]:
    """Who asked, whose consent it needs, and whose is missing, in the reader's language."""
    sign = t("law.list_sign")
    missing = consent.missing if consent.state == "waiting" else []
    listed = [sign.join(named(consent.names[key]) for key in keys) for keys in (consent.parties, missing)]
    return named(consent.names[consent.asked_party]), listed[0], listed[1]


def _facts(consent: Consent) -> list[tuple[str, str]]:
    """What the draft says, as label and text."""
    prefixes = {"status": "status", "kind": "kind"}
    for field in KINDS[Kind(consent.kind)].fields if consent.kind else ():
        if field.choices or field.type is FieldType.BOOLEAN:
            prefixes[field.name] = f"choice.{field.name}" if field.choices else "value"
    facts = []
    for name, value in consents.stated(consent).items():
        if name == "geometry" and value["type"] == "Point":
            places = zip(("longitude", "latitude"), value["coordinates"], strict=False)
            facts += [(t(f"field.{axis}"), f"{degrees:.6f}") for axis, degrees in places]
        elif name != "geometry" and value != "":
            text = named(value) if isinstance(value, Name) else "" if value is None else str(value)
            worded = t(f"{prefixes[name]}.{text.lower()}") if text and name in prefixes else text
            facts.append((t(f"field.{name}"), worded))
    return facts
