"""Whom a job speaks for: the one who asked, with the roles he holds when it runs."""

from sqlalchemy import Connection

from infra_registry import jobs
from infra_registry.access import Actor, Role, RoleGrant
from infra_registry.errors import RegistryError
from infra_registry.parties.login import store


@jobs.actors_from
def actor_of_user(connection: Connection, user_id: int) -> Actor:
    """The actor of an active account by its inside id. Raises RegistryError ``user.unknown``."""
    account = store.by_id(connection, user_id)
    if account is None or not account.active:
        raise RegistryError("user.unknown", login=str(user_id))
    return Actor(
        user_id=account.id,
        party_id=account.party_id or 0,
        name=account.name,
        roles=frozenset(RoleGrant(Role(role), area) for role, area in account.roles),
        grants_mark=account.grants_mark,
    )
