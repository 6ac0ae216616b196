"""The facts a rulebook may ask about: the whole vocabulary between the register and the law.

A fact that is missing is "not shown", never false. ``evidence`` facts are recorded by a person with a basis and a
day; the others are read from the register. Each fact declares the published fields it rests on (``pole.use``: of one
kind of asset; ``owner``: of every kind), or the record it comes from where that is no field of an asset.
"""

from dataclasses import dataclass
from enum import StrEnum

from infra_registry.rules.model import SubjectKind


class FactType(StrEnum):
    """How a fact is written."""

    BOOLEAN = "boolean"
    CHOICE = "choice"
    CHOICES = "choices"  # several at once
    DATE = "date"
    NUMBER = "number"


class Origin(StrEnum):
    """Where a fact that rests on no published field of an asset is kept.

    What follows from either is told to whoever sees the subject; the facts of ``FILE`` themselves are for its keepers.
    """

    LEDGER = "ledger"  # the ledger of opening, open to all
    FILE = "file"  # evidence, works, agreements and lists


Basis = Origin | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FactSpec:
    """One fact: of which subjects, of which type, which values, on what it rests, whether it is shown by evidence."""

    name: str
    subjects: frozenset[SubjectKind]
    type: FactType
    basis: Basis
    choices: tuple[str, ...] = ()
    evidence: bool = False


ASSET, PROJECT, AGREEMENT = SubjectKind.ASSET, SubjectKind.PROJECT, SubjectKind.AGREEMENT
AREA, PARTY = SubjectKind.AREA, SubjectKind.PARTY
BOOLEAN, CHOICE, CHOICES = FactType.BOOLEAN, FactType.CHOICE, FactType.CHOICES
DATE, NUMBER = FactType.DATE, FactType.NUMBER

KINDS = (
    "tower", "base_station", "duct", "chamber", "cable", "pole", "room", "wifi_zone", "public_building", "premises",
)  # fmt: skip
STATUSES = ("planned", "building", "accepted", "in_use", "idle", "retired")
FORMS = ("building", "facility", "land", "road")
VENUES = (
    "public_transport", "admin_office", "tourist_site", "hospital", "university", "commercial_finance", "school",
    "sports_venue", "culture", "station", "park", "social_housing", "other",
)  # fmt: skip
CONTROLLERS = ("public_institution", "state_organ", "state_company", "private")
FUNDING = ("government", "government_majority", "mixed", "private")
POLE_USES = ("street_light", "traffic_signal", "cctv", "power", "telecom", "sign", "smart", "other")
PARTY_KINDS = (
    "carrier", "tower_company", "cable_company", "public_body", "property_manager", "developer", "owners_committee",
    "regulator", "state_company", "company", "person_group", "not_stated_group",
)  # fmt: skip
# What is about to be done with an asset; none: it stands as it is.
STEPS = ("none", "build", "accept", "put_in_use", "alter", "relocate", "remove")
WORK_KINDS = ("new", "alteration", "extension", "road_works", "removal")
SETTINGS = (
    "new_district", "new_compound", "industrial_park", "urban_road", "old_district", "old_compound", "building",
    "other",
)  # fmt: skip
PREMISES_TYPES = ("residential", "commercial", "industrial_park", "mixed")
LAYINGS = ("overhead", "in_duct", "buried")
URBAN_PARTS = ("urban_district", "county_town")
# The conditions under which an opening duty holds; a refusal must show that one of them does not.
OPENING_CONDITIONS = ("safety", "environment", "landscape", "normal_use")
SECRECY = ("state_security", "secrecy")
# Infrastructure in step with the district, compound or road it serves; the last: put up for acceptance together.
IN_STEP = ("planned_in_step", "designed_in_step", "built_in_step", "accepted_in_step")
# Acts of works the register knows; as facts: done, or not shown.
ACTS = (
    "designated", "plan_conforms", "reviewed", "filed", "consulted", "consented", "agreed", "continuity_secured",
    "permitted", "started", "reserved_room", "reserved_power", "reserved_duct", "reserved_roof", "reserved_passage",
    "tested", "accepted", "acceptance_filed", "security_recorded", "security_filed", "ended",
)  # fmt: skip


LEDGER, FILE = Origin.LEDGER, Origin.FILE
STATUS, OWN = ("status",), ("owner", "operator")
# Who is on a host: its published operators, who is seen there, who holds its units.
SHARING = ("operator", "operators", "presence", "capacity")
BUILT = tuple(f"{kind}.built_on" for kind in ("tower", "duct", "cable", "room", "premises"))


def _of(
    subjects: tuple[SubjectKind, ...],
    kind: FactType,
    names: tuple[str, ...],
    choices: tuple[str, ...] = (),
    *,
    basis: Basis,
    evidence: bool = False,
) -> list[FactSpec]:
    return [FactSpec(name, frozenset(subjects), kind, basis, choices, evidence) for name in names]


def _field(kind: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{kind}.{name}" for name in names)


_SPECS = [
    # Every asset
    *_of((ASSET,), CHOICE, ("kind",), KINDS, basis=("kind",)),
    *_of((ASSET,), CHOICE, ("status",), STATUSES, basis=STATUS),
    *_of((ASSET,), CHOICE, ("step",), STEPS, basis=STATUS),
    *_of((ASSET,), DATE, ("built_on",), basis=BUILT),
    *_of((ASSET,), DATE, ("in_use_on",), basis=(*STATUS, "base_station.in_service_on")),
    *_of((ASSET,), NUMBER, ("operators_count",), basis=SHARING),  # carriers on a host, present in a building
    *_of((ASSET,), BOOLEAN, ("shared",), basis=SHARING),  # two carriers or more
    *_of((ASSET,), BOOLEAN, ("has_works",), basis=FILE),
    *_of((ASSET,), BOOLEAN, ("works_by_other",), basis=OWN),  # the works are neither its owner's nor its operator's
    # Buildings, facilities, land, roads, poles, lines
    *_of((ASSET,), CHOICE, ("form",), FORMS, basis=_field("public_building", "form")),
    *_of((ASSET,), CHOICE, ("venue",), VENUES, basis=_field("public_building", "venue")),
    *_of((ASSET,), CHOICE, ("controller_type",), CONTROLLERS, basis=_field("public_building", "controller_type")),
    *_of((ASSET, PROJECT), CHOICE, ("funding",), FUNDING, basis=_field("public_building", "funding")),
    *_of((ASSET,), CHOICE, ("pole_use",), POLE_USES, basis=_field("pole", "use")),
    *_of((ASSET,), CHOICE, ("laying",), LAYINGS, basis=_field("cable", "laying")),
    *_of((ASSET,), BOOLEAN, OPENING_CONDITIONS, basis=FILE, evidence=True),  # true: met or unaffected
    *_of((ASSET,), BOOLEAN, SECRECY, basis=FILE, evidence=True),  # true: the exception holds
    *_of((ASSET,), BOOLEAN, ("opened",), basis=LEDGER),  # its holder has opened it, said so and not taken it back
    *_of((ASSET,), BOOLEAN, ("refused", "asked"), basis=LEDGER),
    *_of((ASSET,), BOOLEAN, ("room_scarce",), basis=("capacity",)),
    # Premises networks
    *_of((ASSET,), CHOICE, ("premises_type",), PREMISES_TYPES, basis=_field("premises", "premises_type")),
    *_of((ASSET,), BOOLEAN, ("existing_building", "network_works", "equal_access", "open_to_all"), basis=FILE,
         evidence=True),
    *_of((ASSET,), DATE, ("network_works_on",), basis=_field("premises", "network_accepted_on")),
    # Free WiFi zones
    *_of((ASSET,), BOOLEAN, ("free",), basis=_field("wifi_zone", "free")),
    # Whether a zone is secure is told only to readers of its whole security record, its measures alone included.
    *_of((ASSET,), BOOLEAN, ("security_measures",), basis=_field(
        "wifi_zone", "security_measures", "security_filing", "log_days")),
    *_of((ASSET,), BOOLEAN, ("security_filing",), basis=_field("wifi_zone", "security_filing")),
    *_of((ASSET,), BOOLEAN, ("login_stated",), basis=_field("wifi_zone", "login_manner")),
    *_of((ASSET,), BOOLEAN, ("responsible_stated",), basis=_field("wifi_zone", "responsible")),
    *_of((ASSET,), NUMBER, ("log_days",), basis=_field("wifi_zone", "log_days")),
    # Works, and what hangs on an asset's works
    *_of((PROJECT, ASSET), CHOICE, ("work_kind",), WORK_KINDS, basis=FILE),
    *_of((PROJECT, ASSET), CHOICE, ("setting",), SETTINGS, basis=FILE),
    *_of((PROJECT, ASSET), CHOICES, ("builds",), KINDS, basis=FILE),  # kinds of plant the works make or change
    *_of((PROJECT, ASSET), BOOLEAN, ("plan_designates", "in_town"), basis=FILE),
    *_of((PROJECT, ASSET), CHOICE, ("works_funding",), FUNDING, basis=FILE),
    *_of((PROJECT, ASSET), DATE, ("starts_on", "accepted_on"), basis=FILE),
    *_of((PROJECT, ASSET), BOOLEAN, ACTS, basis=FILE),
    *_of((PROJECT, ASSET), BOOLEAN, ("feasible", "co_built", "shared_duct", "needed_for_city_works"), basis=FILE,
         evidence=True),
    *_of((PROJECT,), BOOLEAN, IN_STEP, basis=FILE, evidence=True),
    *_of((ASSET,), BOOLEAN, ("undergrounded",), basis=_field("cable", "laying")),
    # Agreements
    *_of((AGREEMENT,), BOOLEAN, ("exclusive", "in_term"), basis=FILE),
    *_of((AGREEMENT,), CHOICE, ("grantor_kind", "grantee_kind"), PARTY_KINDS, basis=FILE),
    *_of((AGREEMENT,), DATE, ("signed_on",), basis=FILE),
    # limits_choice: users cannot choose another operator; dominant: the grantee's position, as the authority found it
    *_of((AGREEMENT,), BOOLEAN, ("affects_competition", "monopolistic"), basis=FILE, evidence=True),
    # administrative_power: a public body used its power over others, it did not only let what it owns
    *_of((AGREEMENT,), BOOLEAN, ("limits_choice", "dominant", "administrative_power"), basis=FILE, evidence=True),
    # Lawful building or public service was kept out: more than a refusal
    *_of((ASSET, AGREEMENT), BOOLEAN, ("obstructed",), basis=FILE, evidence=True),
    # Areas: key public areas of a government's dated list among them; the free zones that reach one are assets
    *_of((AREA,), BOOLEAN, ("key_public_area",), basis=FILE),
    *_of((AREA,), BOOLEAN, ("free_wifi",), basis=(*STATUS, *_field("wifi_zone", "free", "reach_m"))),
    *_of((AREA,), CHOICE, ("urban_part",), URBAN_PARTS, basis=FILE),
    # Parties
    *_of((PARTY,), CHOICE, ("party_kind",), PARTY_KINDS, basis=FILE),
]  # fmt: skip

FACTS: dict[str, FactSpec] = {spec.name: spec for spec in _SPECS}
EVIDENCE = tuple(sorted(name for name, spec in FACTS.items() if spec.evidence))
