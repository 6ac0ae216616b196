"""Who may do what: actors, roles, and one page of permissions. Pure: no database."""

from infra_registry.access.actor import ANONYMOUS, SERVICE, Actor, RoleGrant
from infra_registry.access.permissions import (
    NOWHERE,
    PERMISSIONS,
    Permission,
    PermissionSubject,
    allows,
    reads_as_owner,
    require,
)
from infra_registry.access.roles import Role

__all__ = [
    "ANONYMOUS",
    "NOWHERE",
    "PERMISSIONS",
    "SERVICE",
    "Actor",
    "Permission",
    "PermissionSubject",
    "Role",
    "RoleGrant",
    "allows",
    "reads_as_owner",
    "require",
]
