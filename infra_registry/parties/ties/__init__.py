"""Recusal (回避): who is tied to a party does not handle its cases and grants it nothing.

An account is tied to its own party and to those it declared an interest in. A declaration is ended by a security
administrator, never by who made it: otherwise it could be set aside for the case it is there for.
"""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from infra_registry.access import Actor, Permission, require
from infra_registry.errors import Fault, Forbidden, Invalid, NotFound
from infra_registry.parties import store as parties
from infra_registry.parties.ties import store
from infra_registry.parties.ties.names import same
from infra_registry.parties.users import find
from infra_registry.parties.users import store as users

LEAST_REASON, MOST_REASON = 4, 400


def among(connection: Connection, typed: Iterable[str]) -> bool:
    """True when one of the names, as people typed them, may be that of a party the actor is tied to."""
    own, written = store.names(connection), [name for name in typed if name.strip()]
    if not own or not written:
        return False
    areas = store.area_names(connection)
    return any(same(name, other, areas) for name in written for other in own)


def refuse_tied(connection: Connection, party_id: int, code: str) -> None:
    """Raise Forbidden ``code`` when the actor is tied to the party."""
    if store.tied(connection, party_id):
        raise Forbidden(code)


def of_user(connection: Connection, user_id: int) -> list[Any]:
    """Interests of an account, by the party's name: one's own, or anybody's for the security administrator."""
    return store.listed(connection, user_id)


def declare(connection: Connection, actor: Actor, party: str, reason: str) -> None:
    """Declare one's own interest in a party. Raises Invalid, also where it stands already."""
    require(actor, Permission.ACCOUNT)
    party_id = parties.ids_of(connection, [party]).get(party)
    faults = []
    if party_id is None:
        code = "user.no_party" if party else "tie.no_party"
        faults.append(Fault("interest_party", party[:40], code, "U-…"))
    if not LEAST_REASON <= len(reason.strip()) <= MOST_REASON:
        faults.append(Fault("interest_reason", None, "tie.reason", f"{LEAST_REASON} … {MOST_REASON}"))
    if faults or party_id is None:
        raise Invalid(faults)
    if not store.add(connection, actor.user_id, party_id, reason.strip()):
        raise Invalid([Fault("interest_party", party, "tie.declared_already")])
    users.note(connection, "interest_declared", str(actor.user_id), json.dumps({"party": party_id}))


def end(connection: Connection, actor: Actor, login: str, interest_id: int) -> None:
    """End an interest somebody else declared. Raises NotFound, and Forbidden for one's own."""
    user = find(connection, actor, login)
    if user.id == actor.user_id:
        raise Forbidden("tie.not_own")
    if not store.end(connection, interest_id, user.id):
        raise NotFound("thing.missing")
    users.note(connection, "interest_ended", str(user.id), json.dumps({"interest": interest_id}))
