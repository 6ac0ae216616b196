"""Who is acting: a frozen value made once per request, job or command."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from infra_registry.access.roles import Role


@dataclass(frozen=True, slots=True)
class RoleGrant:
    """A role held for one city (its area id) or, without one, everywhere."""

    role: Role
    area_id: int | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """User, party and roles. ``grants_mark`` changes whenever the party's live place grants change or one
    ends; ``scopes`` limits an API token to a subset of permissions (None: no limit)."""

    user_id: int = 0
    party_id: int = 0
    name: str = ""
    roles: frozenset[RoleGrant] = field(default_factory=frozenset)
    grants_mark: str = ""
    scopes: frozenset[str] | None = None
    service: bool = False

    @property
    def is_authenticated(self) -> bool:
        """True for a signed-in user."""
        return self.user_id != 0

    @property
    def database_role(self) -> str:
        """The PostgreSQL role of this actor's transactions."""
        if self.service:
            return "registry_service"
        return "registry_member" if self.is_authenticated else "registry_public"

    def has(self, role: Role, area_id: int | None = None) -> bool:
        """True when the role is held everywhere, or for this city; without a city, held anywhere."""
        return any(g.role is role and (area_id is None or g.area_id in (None, area_id)) for g in self.roles)

    def regulated(self) -> str:
        """City area ids this actor reads whole, as a comma list; ``*`` for all."""
        return self._cities(Role.REGULATOR)

    def handled(self) -> str:
        """City area ids whose cases this actor handles, as a comma list; ``*`` for all."""
        return self._cities(Role.CASE_HANDLER)

    def _cities(self, role: Role) -> str:
        held = [g for g in self.roles if g.role is role]
        if any(g.area_id is None for g in held):
            return "*"
        return ",".join(sorted({str(g.area_id) for g in held}))

    def _everywhere(self) -> set[str]:
        """Roles policies may ask for by name: a regulator of one city is known by his city alone."""
        return {g.role.value for g in self.roles if g.area_id is None or g.role is not Role.REGULATOR}

    def settings(self) -> Mapping[str, str]:
        """Settings row security reads."""
        return {
            "registry.user": str(self.user_id),
            "registry.party": str(self.party_id),
            "registry.roles": ",".join(sorted(self._everywhere())),
            "registry.regulated": "*" if self.service else self.regulated(),
            "registry.handled": self.handled(),
        }

    def audience(self) -> str:
        """What two readers must share to share a cached answer; empty only for the anonymous public."""
        if not self.is_authenticated and not self.service:
            return ""
        seeker = "s" if self.has(Role.SEEKER) else "-"
        return f"{self.party_id}|{seeker}|{self.regulated()}|{self.grants_mark}"


ANONYMOUS = Actor()
SERVICE = Actor(name="service", service=True)
