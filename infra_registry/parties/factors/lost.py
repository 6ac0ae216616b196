"""A lost device: one security administrator asks for the end of the factor, another decides; never for himself."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from infra_registry.access import SERVICE, Actor, Permission, require
from infra_registry.db.connection import acting_as
from infra_registry.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from infra_registry.parties import users
from infra_registry.parties.factors import SHEET_CODES, lost_store, new_codes, store
from infra_registry.parties.tokens import store as tokens
from infra_registry.parties.users import store as user_store

LEAST_REASON, MOST_REASON = 4, 400


@dataclass(frozen=True, slots=True)
class Reset:
    """What was asked for an account, by whom, and what another decided; ``approved`` None: nothing yet."""

    id: int
    login: str
    outcome: str
    reason: str
    asked_by: int | None
    asked_by_login: str | None
    asked_at: datetime
    decided_by_login: str | None
    decided_at: datetime | None
    approved: bool | None


def listed(connection: Connection, *, user_id: int = 0, undecided: bool = False) -> list[Reset]:
    """Requests the reader may see, newest first: of one account, or of all; only those to be decided, or all."""
    return [Reset(*row) for row in lost_store.listed(connection, user_id=user_id, undecided=undecided)]


def ask(connection: Connection, actor: Actor, login: str, *, outcome: str, reason: str) -> None:
    """Ask that the factor be removed (``remove``) or replaced by a sheet of codes (``sheet``).

    Raises Invalid, or Conflict where another request waits.
    """
    user = users.find(connection, actor, login)
    if user.id == actor.user_id:
        raise Forbidden("factor.own_reset")
    if outcome not in lost_store.OUTCOMES:
        raise Invalid([Fault("outcome", outcome[:20], "factor.no_outcome")])
    if not LEAST_REASON <= len(reason.strip()) <= MOST_REASON:
        raise Invalid([Fault("reason", None, "factor.no_reason", f"{LEAST_REASON} … {MOST_REASON}")])
    if lost_store.listed(connection, user_id=user.id, undecided=True):
        raise Conflict("factor.asked_already", login=user.login)
    lost_store.add(connection, user.id, actor.user_id or None, outcome=outcome, reason=reason.strip())
    user_store.note(connection, "factor_reset_asked", str(user.id), "{}")


def decide(connection: Connection, actor: Actor, login: str, *, approve: bool) -> list[str]:
    """Approve or refuse what another administrator asked for: the codes of the new sheet, to be shown once.

    Approval ends every session and token of the account. Who asked may take his request back; his approval raises
    Forbidden.
    """
    require(actor, Permission.SECURITY_USERS)
    user = users.find(connection, actor, login)
    undecided = lost_store.listed(connection, user_id=user.id, undecided=True)
    if not undecided:
        raise NotFound("thing.missing")
    reset = Reset(*undecided[0])
    if user.id == actor.user_id or (approve and reset.asked_by == actor.user_id):
        raise Forbidden("factor.second_person")
    if not lost_store.decide(connection, reset.id, actor.user_id or None, approve=approve):
        raise NotFound("thing.missing")
    what = "factor_reset_approved" if approve else "factor_reset_refused"
    user_store.note(connection, what, str(user.id), "{}")
    if not approve:
        return []
    user_store.end_sessions(connection, user.id)
    tokens.revoke_all(connection, user.id)
    sheet, hashes = new_codes(SHEET_CODES) if reset.outcome == "sheet" else ([], [])
    with acting_as(connection, SERVICE):
        store.remove(connection, user.id)
        if sheet:
            store.begin(connection, user.id, None)
            store.replace_codes(connection, user.id, hashes)
            store.confirm(connection, user.id)
    return sheet
