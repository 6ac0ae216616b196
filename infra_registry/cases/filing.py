"""A report becomes a case: once per form, sealed, with a receipt."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from infra_registry import codes, limits
from infra_registry.areas.ground_store import day_of
from infra_registry.cases import choice_store, intake, store
from infra_registry.cases.drafts import Draft
from infra_registry.cases.intake import OTHER_DISTRICT, Answers, month, point
from infra_registry.cases.keys import Keys, new_key, seal
from infra_registry.cases.moves import FIRST
from infra_registry.cases.points import seal_point
from infra_registry.cases.receipt import hash_secret, secret_from
from infra_registry.config import today
from infra_registry.duties.dates import clocks
from infra_registry.errors import Fault, Invalid, RegistryError
from infra_registry.limits import Limit
from infra_registry.words import DEFAULT_LOCALE, LOCALES

FILINGS = Limit("report", most=10, within=timedelta(hours=1))
RECEIPT_AGAIN = timedelta(minutes=15)
NUMBERS_TRIED = 5
CHECKING = "smr-report-check"  # the deadline that runs from a report; its length and basis are data
STORY = (
    "story",
    "place",
    "elsewhere_where",
    "lasting",
    "since_year",
    "since_month",
    "until_year",
    "until_month",
)
NAMED_PARTS = {
    "other_carrier": "carrier",
    "property_manager": "property_manager",
    "developer": "developer",
    "owners_committee": "owners_committee",
    "other_party": "other",
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the reporter takes away. ``secret`` is None when the form was sent long ago: it is shown once."""

    number: str
    secret: str | None
    received_at: datetime


class Unanswered(Invalid):
    """A page of the form is not right: ``step`` names it."""

    def __init__(self, step: str, faults: list[Fault]) -> None:
        super().__init__(faults)
        self.step = step


def file_report(connection: Connection, keys: Keys, draft: Draft, *, locale: str, address: str) -> Receipt:
    """File the report of this draft as the service, or give its receipt again when the form was sent twice.

    Raises Unanswered with the faults of the first page that is not right, Limited ``report.too_many`` after
    ten reports from one address within an hour.
    """
    digest = hashlib.sha256(b"form:" + draft.token.encode()).digest()
    secret = secret_from(keys.mark("receipt", draft.token))
    sent = store.by_form(connection, digest)
    if sent is None:
        step = unanswered(connection, draft.answers)
        if step is not None:
            raise Unanswered(step, faults(connection, step, draft.answers))
        limit(connection, FILINGS, address)
        sent = _add(connection, keys, draft.answers, digest=digest, secret=secret, locale=locale)
    fresh = datetime.now(UTC) - sent.received_at < RECEIPT_AGAIN
    return Receipt(sent.number, secret if fresh else None, sent.received_at)


def limit(connection: Connection, attempts: Limit, address: str) -> None:
    """Count an attempt of an address; raises Limited ``report.too_many`` saying when to come back."""
    now = datetime.now(UTC)
    mark = limits.mark(connection, attempts.label, address, now)
    limits.admit(connection, attempts, mark, now, refusal="report.too_many")


def unanswered(connection: Connection, answers: Answers) -> str | None:
    """The first page of the form that is not right, None when the report can be filed."""
    return next((step for step in intake.STEPS[:-1] if faults(connection, step, answers)), None)


def faults(connection: Connection, step: str, answers: Answers) -> list[Fault]:
    """What is wrong on one page of the form: its answers themselves, and a district that is not registered."""
    wrong = intake.faults(step, answers, today=today())
    chosen = answers.get("district", "")
    if step != "where" or chosen in ("", OTHER_DISTRICT):
        return wrong
    known = choice_store.areas_named(connection, chosen) != (None, None)
    return wrong if known else [*wrong, Fault("district", chosen, "report.fault.district")]


def _add(
    connection: Connection, keys: Keys, answers: Answers, *, digest: bytes, secret: str, locale: str
) -> Any:
    key = new_key()
    place, spot = _place(connection, answers)
    people, written = _people(connection, answers)
    story = {name: answers.get(name, "") for name in STORY} | {"accused": written}
    columns = {
        "secret_hash": hash_secret(secret),
        "form_digest": digest,
        "case_kind": "report",
        "state": FIRST,
        **{name: answers[name] for name in ("reason", "named", "capacity")},
        "locale": locale if locale in LOCALES else DEFAULT_LOCALE,
        "reported_elsewhere": answers["elsewhere"] == "yes",
        "happened_on": month(answers, "since"),
        "own_keys_since": today(),
        **place,
    }
    for _ in range(NUMBERS_TRIED):
        number = codes.new("case")
        sealed = seal(key, story, bound_to=f"story:{number}")
        sealed_point = seal_point(key, number, spot)
        values = {**columns, "number": number, "sealed": sealed, "sealed_point": sealed_point}
        case_id = store.add(connection, {**values, "wrapped_key": keys.wrap(number, key)})
        if case_id is not None:
            store.add_accused(connection, case_id, people)
            _add_identity(connection, keys, answers, case_id, number)
            event = {"case_id": case_id, "move": "file", "new_state": FIRST, "actor_kind": "reporter"}
            store.add_event(connection, event)
            clocks.start(connection, CHECKING, day_of(connection, place["city_id"]), case_id=case_id)
        sent = store.by_form(connection, digest)
        if sent is not None:
            return sent
    raise RegistryError("report.no_number")


def _add_identity(connection: Connection, keys: Keys, answers: Answers, case_id: int, number: str) -> None:
    identity = {name: answers.get(name, "") for name in ("name", "contact")}
    if answers["named"] != "anonymous" and any(identity.values()):
        key = new_key()
        sealed = seal(key, identity, bound_to=f"identity:{number}")
        store.add_identity(connection, case_id, sealed, keys.wrap(number, key, "identity"))


def _place(
    connection: Connection, answers: Answers
) -> tuple[dict[str, int | None], tuple[float, float] | None]:
    """Building, city and district: a point tells both where boundaries know it, else what was chosen."""
    building = choice_store.building(connection, answers["asset"]) if answers.get("asset") else None
    spot = point(answers)
    if spot is None and building is not None and building.lon is not None:
        spot = (building.lon, building.lat)
    chosen = answers.get("district", "")
    city, district = (
        (None, None) if chosen == OTHER_DISTRICT else choice_store.areas_named(connection, chosen)
    )
    there = choice_store.areas_at(connection, spot) if spot is not None else (None, None)
    if there[0] is not None:
        city, district = there
    if city is None and building is not None:
        city = building.city_id
    asset_id = building.id if building is not None else None
    return {"asset_id": asset_id, "city_id": city, "district_id": district}, spot


def _people(connection: Connection, answers: Answers) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Rows of the accused, and the names that are not registered by their place in the list."""
    typed = [(part, answers[name]) for name, part in NAMED_PARTS.items() if answers.get(name)]
    carriers = list(dict.fromkeys(answers.get("carriers", [])))
    by_name, by_code = choice_store.registered(connection, [name for _, name in typed], carriers)
    rows: list[dict[str, Any]] = [
        {"part": "carrier", "party_id": by_code[code]} for code in carriers if code in by_code
    ]
    written: dict[str, str] = {}
    for part, name in typed:
        if name not in by_name:
            written[str(len(rows))] = name
        rows.append({"part": part, "party_id": by_name.get(name)})
    return [{"ord": place, **row} for place, row in enumerate(rows)], written
