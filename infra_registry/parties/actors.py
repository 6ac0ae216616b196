"""Whom a job speaks for: the one who asked, with the roles he holds when it runs."""

from sqlalchemy import Connection

from infra_registry import jobs
from infra_registry.access import Actor, Role, RoleGrant
from infra_registry.errors import RegistryError
from infra_registry.parties.login import store


@jobs.actors_from
def actor_of_user(connection: Connection, user_id: int) -> Actor:
    """The actor of an active account by its inside id. Raises RegistryError ``user.unknown``."""
    found = store.by_id(connection, user_id)
    if found is None or not found.active:
        raise RegistryError("user.unknown", login=str(user_id))
    return Actor(
        user_id=found.id,
        party_id=found.party_id or 0,
        name=found.name,
        roles=frozenset(RoleGrant(Role(role), area) for role, area in found.roles),
        grants_mark=found.grants_mark,
    )
