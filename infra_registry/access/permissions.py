"""The permission page: permission → clauses of named predicates.

A permission is granted when every predicate of at least one of its clauses holds. Every route names
its permission here or is public; every permission has a clause (both are contract tests).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from infra_registry.access.actor import Actor
from infra_registry.access.roles import Role
from infra_registry.errors import Forbidden

NOWHERE = -1  # no city has this id: only who may decide everywhere may decide outside every city


@dataclass(frozen=True, slots=True)
class PermissionSubject:
    """What a permission is asked about where no row stands for it yet: whose it is and in which city (ids)."""

    owner_id: int | None = None
    operator_id: int | None = None
    city_id: int | None = None


Predicate = Callable[[Actor, Any], bool]


class Permission(StrEnum):
    """What may be allowed; ``thing.act``."""

    PUBLIC_READ = "public.read"  # what anyone may see, at his own level
    ACCOUNT = "account.own"  # one's own account, password and tokens
    OWN_READ = "own.read"  # what one's own roles, organisation and grants let one see
    ASSET_CREATE = "asset.create"
    ASSET_EDIT = "asset.edit"
    ASSET_HISTORY = "asset.history"
    CAPACITY_ALLOCATE = "capacity.allocate"
    IMPORT_RUN = "import.run"
    IMPORT_ACCEPT = "import.accept"
    EXPORT_RUN = "export.run"
    AREA_EDIT = "area.edit"
    PARTY_READ = "party.read"
    PARTY_EDIT = "party.edit"
    GRANT_GIVE = "grant.give"
    WITHHOLD = "asset.withhold"
    COVERAGE_RUN = "coverage.run"
    COVERAGE_READ = "coverage.read"
    EVIDENCE_CLAIM = "evidence.claim"  # say where an operator has coverage
    EVIDENCE_MEASURE = "evidence.measure"
    CHALLENGE_FILE = "challenge.file"
    CHALLENGE_ANSWER = "challenge.answer"
    CHALLENGE_SETTLE = "challenge.settle"
    LAW_READ = "law.read"
    LAW_PROPOSE = "law.propose"
    LAW_APPROVE = "law.approve"  # a second person: never of one's own proposal
    DUTY_READ = "duty.read"
    EVIDENCE_SHOW = "evidence.show"
    OPENING_ASK = "opening.ask"
    OPENING_ANSWER = "opening.answer"
    OPENING_EXEMPT = "opening.exempt"
    TARGET_SET = "opening.target"
    CAMPAIGN_RUN = "campaign.run"
    CAMPAIGN_ANSWER = "campaign.answer"  # by the link of a letter
    KEY_AREA_LOAD = "key_area.load"
    GATE_READ = "gate.read"
    REPORT_FILE = "report.file"
    CASE_READ = "case.read"
    CASE_MOVE = "case.move"
    CASE_IDENTITY = "case.identity"
    CASE_ERASE = "case.erase"
    AUDIT_READ = "audit.read"
    AUDIT_VERIFY = "audit.verify"
    SYSTEM_RUN = "system.run"
    JOBS_READ = "jobs.read"
    SECURITY_USERS = "security.users"
    SECURITY_ROLES = "security.roles"


def anyone(_: Actor, __: Any) -> bool:
    """Everybody, signed in or not."""
    return True


def signed_in(actor: Actor, _: Any) -> bool:
    """A user with an account."""
    return actor.is_authenticated


def service(actor: Actor, _: Any) -> bool:
    """The product itself: worker and command line."""
    return actor.service


def holds(*roles: Role) -> Predicate:
    """The actor holds one of the roles, for the subject's city when the subject names one."""

    def predicate(actor: Actor, subject: Any) -> bool:
        return any(actor.has(role, getattr(subject, "city_id", None)) for role in roles)

    predicate.__name__ = "holds_" + "_or_".join(roles)
    return predicate


def own_party(actor: Actor, subject: Any) -> bool:
    """The subject belongs to the actor's party; without a subject the question is whether there is a party."""
    if actor.party_id == 0:
        return False
    if subject is None:
        return True
    return actor.party_id in (getattr(subject, "owner_id", None), getattr(subject, "operator_id", None))


def controls(actor: Actor, subject: Any) -> bool:
    """The actor's party is the controlling body of the subject: opening is asked of it, whoever owns the walls."""
    return actor.party_id != 0 and (
        subject is None or actor.party_id == getattr(subject, "controller_id", None)
    )


def not_himself(actor: Actor, subject: Any) -> bool:
    """The subject is another user: nobody grants roles to himself."""
    return subject is None or getattr(subject, "user_id", None) != actor.user_id


def regulates_all(actor: Actor, _: Any) -> bool:
    """A regulator of every city: boundaries decide what the regulator of one city sees."""
    return actor.regulated() == "*"


def has_party(actor: Actor, _: Any) -> bool:
    """The actor acts for an organisation."""
    return actor.party_id != 0


def not_own_proposal(actor: Actor, subject: Any) -> bool:
    """The subject was proposed by somebody else."""
    return subject is None or getattr(subject, "proposed_by", None) != actor.user_id


SEEKERS = holds(Role.SEEKER, Role.CARRIER_EDITOR)
EDITORS = holds(Role.CARRIER_EDITOR, Role.OWNER_EDITOR)

PERMISSIONS: dict[Permission, tuple[tuple[Predicate, ...], ...]] = {
    Permission.PUBLIC_READ: ((anyone,),),
    Permission.ACCOUNT: ((signed_in,),),
    Permission.OWN_READ: ((signed_in,), (service,)),
    Permission.ASSET_CREATE: ((EDITORS, own_party), (holds(Role.REGULATOR),), (service,)),
    Permission.ASSET_EDIT: ((EDITORS, own_party), (holds(Role.REGULATOR),), (service,)),
    Permission.ASSET_HISTORY: ((EDITORS, own_party), (holds(Role.REGULATOR, Role.AUDITOR),), (service,)),
    Permission.CAPACITY_ALLOCATE: ((EDITORS, own_party), (holds(Role.REGULATOR),), (service,)),
    Permission.IMPORT_RUN: ((EDITORS, own_party), (holds(Role.REGULATOR),), (service,)),
    Permission.IMPORT_ACCEPT: ((EDITORS, own_party), (holds(Role.REGULATOR),), (service,)),
    Permission.EXPORT_RUN: ((anyone,),),
    Permission.AREA_EDIT: ((regulates_all,), (holds(Role.SYSTEM_ADMIN),), (service,)),
    Permission.PARTY_READ: ((anyone,),),
    Permission.PARTY_EDIT: ((holds(Role.REGULATOR, Role.SYSTEM_ADMIN),), (service,)),
    Permission.GRANT_GIVE: ((holds(Role.REGULATOR),), (service,)),
    Permission.WITHHOLD: ((holds(Role.REGULATOR),), (service,)),
    Permission.COVERAGE_RUN: ((holds(Role.REGULATOR),), (service,)),
    Permission.COVERAGE_READ: ((anyone,),),
    Permission.EVIDENCE_CLAIM: (
        (holds(Role.CARRIER_EDITOR), own_party),
        (holds(Role.REGULATOR),),
        (service,),
    ),
    Permission.EVIDENCE_MEASURE: ((SEEKERS,), (holds(Role.REGULATOR),), (service,)),
    Permission.CHALLENGE_FILE: ((SEEKERS,), (holds(Role.OWNER_EDITOR, Role.REGULATOR),), (service,)),
    Permission.CHALLENGE_ANSWER: ((holds(Role.CARRIER_EDITOR), own_party), (service,)),
    Permission.CHALLENGE_SETTLE: ((holds(Role.REGULATOR),), (service,)),
    Permission.LAW_READ: ((anyone,),),
    Permission.LAW_PROPOSE: ((holds(Role.REGULATOR, Role.SYSTEM_ADMIN),), (service,)),
    Permission.LAW_APPROVE: (
        (regulates_all, not_own_proposal),
        (holds(Role.SYSTEM_ADMIN), not_own_proposal),
        (service,),
    ),
    Permission.DUTY_READ: ((anyone,),),
    Permission.EVIDENCE_SHOW: (
        (EDITORS, own_party),
        (EDITORS, controls),
        (holds(Role.REGULATOR),),
        (service,),
    ),
    Permission.OPENING_ASK: ((SEEKERS, has_party), (service,)),
    Permission.OPENING_ANSWER: (
        (EDITORS, own_party),
        (EDITORS, controls),
        (holds(Role.REGULATOR),),
        (service,),
    ),
    Permission.OPENING_EXEMPT: ((holds(Role.REGULATOR),), (service,)),
    Permission.TARGET_SET: ((holds(Role.REGULATOR),), (service,)),
    Permission.CAMPAIGN_RUN: ((holds(Role.REGULATOR),), (service,)),
    Permission.CAMPAIGN_ANSWER: ((anyone,),),
    Permission.KEY_AREA_LOAD: ((holds(Role.REGULATOR),), (service,)),
    Permission.GATE_READ: ((EDITORS, own_party), (holds(Role.REGULATOR),), (service,)),
    Permission.REPORT_FILE: ((anyone,),),
    Permission.CASE_READ: ((holds(Role.CASE_HANDLER),), (service,)),
    Permission.CASE_MOVE: ((holds(Role.CASE_HANDLER),), (service,)),
    Permission.CASE_IDENTITY: ((holds(Role.CASE_HANDLER),),),
    Permission.CASE_ERASE: ((holds(Role.CASE_HANDLER),),),
    Permission.AUDIT_READ: ((holds(Role.AUDITOR),), (service,)),
    Permission.AUDIT_VERIFY: ((holds(Role.AUDITOR),), (service,)),
    Permission.SYSTEM_RUN: ((holds(Role.SYSTEM_ADMIN),), (service,)),
    Permission.JOBS_READ: ((signed_in,), (service,)),
    Permission.SECURITY_USERS: ((holds(Role.SECURITY_ADMIN),), (service,)),
    Permission.SECURITY_ROLES: ((holds(Role.SECURITY_ADMIN), not_himself), (service,)),
}


# Permissions that are reading themselves: a token with one of them as its scope reads what it names.
READING = frozenset(
    {
        Permission.ASSET_HISTORY,
        Permission.GATE_READ,
        Permission.CASE_READ,
        Permission.AUDIT_READ,
        Permission.JOBS_READ,
    }
)


def reads_as_owner(actor: Actor, permission: Permission) -> bool:
    """True when the actor's roles count for reading where ``permission`` is asked: always, but for a token
    without the scope ``own.read``, whose own scopes name all it may read."""
    scopes = actor.scopes
    if scopes is None or Permission.OWN_READ in scopes:
        return True
    return permission in READING and permission in scopes


def allows(actor: Actor, permission: Permission, subject: Any = None) -> bool:
    """True when a clause of the permission holds for this actor and subject, within the token's scopes."""
    if actor.scopes is not None and permission.value not in actor.scopes:
        return False
    return any(all(predicate(actor, subject) for predicate in clause) for clause in PERMISSIONS[permission])


def require(actor: Actor, permission: Permission, subject: Any = None) -> None:
    """Raise Forbidden ``access.denied`` unless the permission is granted."""
    if not allows(actor, permission, subject):
        raise Forbidden("access.denied", permission=permission.value)
