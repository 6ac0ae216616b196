"""API tokens: for programs, limited to some of their owner's permissions, ended by a date or revoked."""

import secrets

from sqlalchemy import Connection

from infra_registry.access import Actor, Permission, allows
from infra_registry.errors import Fault, Invalid, NotFound
from infra_registry.parties.login import OPEN_TO_ALL, TOKEN_MARK, digest
from infra_registry.parties.tokens import store
from infra_registry.parties.tokens.store import Token, live

__all__ = ["Token", "grantable", "live", "make", "revoke"]

MOST_DAYS = 366
MOST_LIVE = 20
# Accounts and roles are changed by people: a stolen token must not be able to make itself stronger.
NEVER = frozenset({Permission.ACCOUNT, Permission.SECURITY_USERS, Permission.SECURITY_ROLES})


def grantable(actor: Actor) -> list[Permission]:
    """Permissions this user may pass on to a token; what anybody may do comes with every token."""
    return [
        item for item in Permission if item not in NEVER and item not in OPEN_TO_ALL and allows(actor, item)
    ]


def make(connection: Connection, actor: Actor, *, name: str, scopes: list[str], days: int) -> str:
    """A new token, to be shown once. Raises Invalid."""
    allowed = {item.value for item in grantable(actor)}
    faults = [
        Fault("scopes", scope[:40], "token.scope", ", ".join(sorted(allowed)))
        for scope in scopes
        if scope not in allowed
    ]
    if not 1 <= len(name.strip()) <= 80:
        faults.append(Fault("token_name", name[:80], "token.name", "1 … 80"))
    if not 1 <= days <= MOST_DAYS:
        faults.append(Fault("days", days, "token.days", f"1 … {MOST_DAYS}"))
    if not faults and len(live(connection, actor.user_id)) >= MOST_LIVE:
        faults.append(Fault("token_name", None, "token.too_many", str(MOST_LIVE)))
    if faults:
        raise Invalid(faults)
    token = TOKEN_MARK + secrets.token_urlsafe(32)
    store.add(
        connection, actor.user_id, digest(token), name=name.strip(), scopes=sorted(set(scopes)), days=days
    )
    return token


def revoke(connection: Connection, actor: Actor, token_id: int) -> None:
    """Revoke one's own token; it stops counting with the next request."""
    if not store.revoke(connection, actor.user_id, token_id):
        raise NotFound("thing.missing")
