"""What the law leaves to do for the one who asks: counts of duties and openings, each with the list it opens."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, text

from infra_registry.access import Actor, Permission, Role, allows
from infra_registry.duties.answers import ledger
from infra_registry.duties.answers.ledger_query import Query
from infra_registry.duties.inforce.law import Law
from infra_registry.duties.steps import gates
from infra_registry.publish.desk import Waiting

ASKABLE_STANDINGS = ("binds", "conditions_not_shown")
ASKABLE_STATES = ("offered", "not_asked")
_LETTERS = """
SELECT l.code, c.title, c.sender, c.contact, c.answer_by, l.sent_at, count(x.asset_id) AS buildings
FROM letter l JOIN campaign c ON c.id = l.campaign_id LEFT JOIN letter_asset x ON x.letter_id = l.id
WHERE l.party_id = :party AND l.answered_at IS NULL AND l.sent_at IS NOT NULL AND c.closed_at IS NULL
GROUP BY l.id, c.id ORDER BY c.answer_by, l.code
"""


def party_code(connection: Connection, actor: Actor) -> str:
    """The code of the actor's organisation; empty when he has none."""
    if not actor.party_id:
        return ""
    return str(connection.scalar(text("SELECT code FROM party WHERE id = :id"), {"id": actor.party_id}) or "")


def city_code(connection: Connection, actor: Actor) -> str:
    """The one city a regulator is regulator of; empty when it is none, several or all."""
    cities = actor.regulated()
    if not cities.isdigit():
        return ""
    return str(connection.scalar(text("SELECT code FROM area WHERE id = :id"), {"id": int(cities)}) or "")


def waiting(connection: Connection, actor: Actor, law: Law) -> tuple[Waiting, ...]:
    """Heaps this actor may work on, by what he is: regulator, holder of buildings, one who looks for places."""
    return (*_regulator(connection, actor, law), *_holder(connection, actor), *_seeker(connection, actor))


def _regulator(connection: Connection, actor: Actor, law: Law) -> Iterator[Waiting]:
    if not actor.has(Role.REGULATOR):
        return
    city = city_code(connection, actor)
    within = f"&area={city}" if city else ""
    states = ledger.states(connection, Query(city=city))
    yield Waiting("openings_late", states.get("no_answer", 0), f"/duties/opening?state=no_answer{within}")
    yield Waiting("openings_refused", states.get("refused", 0), f"/duties/opening?state=refused{within}")
    broken = connection.scalar(
        text("""SELECT count(*) FROM duty_current d LEFT JOIN area c ON c.id = d.city_id
                WHERE d.kept = 'broken' AND (:city = '' OR c.code = :city)"""),
        {"city": city},
    )
    yield Waiting("duties_broken", int(broken or 0), f"/duties?kept=broken{within}")
    _, unshown = gates.unshown(connection, law, city=city, limit=1)
    yield Waiting("gates_unshown", unshown, f"/duties/unshown{within.replace('&', '?')}")
    proposed = connection.scalar(text("SELECT count(*) FROM law_document WHERE state = 'proposed'"))
    yield Waiting("law_proposed", int(proposed or 0), "/law/changes")


def _holder(connection: Connection, actor: Actor) -> Iterator[Waiting]:
    code = party_code(connection, actor)
    if not code or not allows(actor, Permission.OPENING_ANSWER) or actor.has(Role.REGULATOR):
        return
    total = ledger.search(connection, Query(body=code, limit=1)).total
    if not total:
        return
    unanswered = ledger.search(connection, Query(body=code, waiting=True, limit=1)).total
    yield Waiting("openings_waiting", unanswered, f"/duties/opening?body={code}&waiting=1")
    yield Waiting("openings_mine", total, "/duties/mine")
    yield Waiting("letters", len(letters(connection, actor)), "/duties/mine#letters")


def _seeker(connection: Connection, actor: Actor) -> Iterator[Waiting]:
    if not actor.party_id or not allows(actor, Permission.OPENING_ASK):
        return
    yield Waiting("askable", ledger.search(connection, askable()).total, "/duties/ask")


def askable(city: str = "", district: str = "", page: int = 1) -> Query:
    """Places the law asks to open, or that are offered, and that the reader has not asked for."""
    return Query(
        city=city,
        district=district,
        state=ASKABLE_STATES,
        standing=ASKABLE_STANDINGS,
        unasked=True,
        sort="state",
        page=page,
    )


def letters(connection: Connection, actor: Actor) -> list[Any]:
    """Letters to the actor's organisation that wait for an answer, the soonest wanted first."""
    return list(connection.execute(text(_LETTERS), {"party": actor.party_id})) if actor.party_id else []
