"""A city with case handlers and a carrier, reports filed in it, and their moves."""

from dataclasses import dataclass

from sqlalchemy import insert

from infra_registry.access import ANONYMOUS, SERVICE, Actor, Role, RoleGrant
from infra_registry.areas.tables import area
from infra_registry.cases import filing, handling
from infra_registry.cases.drafts import Draft
from infra_registry.cases.keys import Keys
from infra_registry.db import Database
from infra_registry.parties.tables import party, user_account

KEYS = Keys(b"test-key-of-the-operator-0123456789")
CANARIES = {
    "place": "CANARYplace1", "other_carrier": "CANARYcarrier2", "property_manager": "CANARYmanager3",
    "developer": "CANARYdeveloper4", "owners_committee": "CANARYowners5", "other_party": "CANARYother6",
    "story": "CANARYstory7 and what else happened", "elsewhere_where": "CANARYelsewhere8",
    "name": "CANARYname9", "contact": "CANARYcontact10",
}  # fmt: skip
REST = {
    "reason": "exclusive_agreement", "district": "370811", "lat": "35.41", "lon": "116.58", "carriers": [],
    "lasting": "ongoing", "since_year": "2026", "since_month": "3", "elsewhere": "yes", "named": "confidential",
    "capacity": "resident",
}  # fmt: skip


@dataclass(frozen=True)
class Town:
    """One city with a district, a second city, a carrier, and people with roles."""

    city: int
    other_city: int
    carrier: int
    handler: Actor
    handler_elsewhere: Actor
    handler_of_carrier: Actor
    others: dict[str, Actor]


def case_town(database: Database) -> Town:
    """Fill an empty register with the town."""
    with database.use_case(SERVICE) as connection:

        def add_area(code: str, level: str, parent: int | None) -> int:
            row = insert(area).values(scheme="gb2260", code=code, name=code, level=level, parent_id=parent)
            return int(connection.scalars(row.returning(area.c.id)).one())

        city, other = add_area("370800", "city", None), add_area("360600", "city", None)
        add_area("370811", "district", city)
        row = insert(party).values(code="P-CARRIER", name="某某通信", name_en="Some Telecom", kind="carrier")
        carrier = connection.scalars(row.returning(party.c.id)).one()

        def user(name: str, role: Role, place: int | None = None, party_id: int | None = None) -> Actor:
            row = insert(user_account).values(login=name, name=name, password_hash="-", party_id=party_id)
            user_id = connection.scalars(row.returning(user_account.c.id)).one()
            return Actor(user_id, party_id or 0, name, frozenset({RoleGrant(role, place)}))

        return Town(
            city=city,
            other_city=other,
            carrier=carrier,
            handler=user("handler", Role.CASE_HANDLER, city),
            handler_elsewhere=user("elsewhere", Role.CASE_HANDLER, other),
            handler_of_carrier=user("conflicted", Role.CASE_HANDLER, city, carrier),
            others={
                role.value: user(role.value, role, None, carrier if role is Role.CARRIER_EDITOR else None)
                for role in Role
                if role is not Role.CASE_HANDLER
            }
            | {"anonymous": ANONYMOUS},
        )


def draft(**changes: object) -> Draft:
    return Draft().with_answers({**CANARIES, **REST, **changes})


def file(database: Database, sent: Draft, address: str = "192.0.2.1", keys: Keys = KEYS) -> filing.Receipt:
    with database.use_case(SERVICE) as connection:
        return filing.file_report(connection, keys, sent, locale="en", address=address)


def move(database: Database, actor: Actor, number: str, *asked: object) -> str:
    with database.use_case(actor) as connection:
        return handling.move_case(connection, KEYS, actor, number, handling.MoveRequest(*asked))  # type: ignore[arg-type]
