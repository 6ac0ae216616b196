"""The facts a rulebook may ask about: the whole vocabulary between the register and the law.

A fact that is missing is "not shown", never false. ``evidence`` facts are recorded by a person with a basis and a
day; the others are read from the register.
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


@dataclass(frozen=True, slots=True)
class FactSpec:
    """One fact: of which subjects, of which type, which values, and whether a person shows it with evidence."""

    name: str
    subjects: frozenset[SubjectKind]
    type: FactType
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


def _of(
    subjects: tuple[SubjectKind, ...],
    kind: FactType,
    names: tuple[str, ...],
    choices: tuple[str, ...] = (),
    *,
    evidence: bool = False,
) -> list[FactSpec]:
    return [FactSpec(name, frozenset(subjects), kind, choices, evidence) for name in names]


_SPECS = [
    # Every asset
    *_of((ASSET,), CHOICE, ("kind",), KINDS),
    *_of((ASSET,), CHOICE, ("status",), STATUSES),
    *_of((ASSET,), CHOICE, ("step",), STEPS),
    *_of((ASSET,), DATE, ("built_on", "in_use_on")),
    *_of((ASSET,), NUMBER, ("operators_count",)),  # carriers on a host, present in a building
    *_of((ASSET,), BOOLEAN, ("has_works", "shared")),  # shared: two carriers or more
    *_of((ASSET,), BOOLEAN, ("works_by_other",)),  # the works are neither its owner's nor its operator's
    # Buildings, facilities, land, roads, poles, lines
    *_of((ASSET,), CHOICE, ("form",), FORMS),
    *_of((ASSET,), CHOICE, ("venue",), VENUES),
    *_of((ASSET,), CHOICE, ("controller_type",), CONTROLLERS),
    *_of((ASSET, PROJECT), CHOICE, ("funding",), FUNDING),
    *_of((ASSET,), CHOICE, ("pole_use",), POLE_USES),
    *_of((ASSET,), CHOICE, ("laying",), LAYINGS),
    *_of((ASSET,), BOOLEAN, OPENING_CONDITIONS, evidence=True),  # true: met or unaffected
    *_of((ASSET,), BOOLEAN, SECRECY, evidence=True),  # true: the exception holds
    *_of((ASSET,), BOOLEAN, ("opened",)),  # its holder has opened it, said so and not taken it back
    *_of((ASSET,), BOOLEAN, ("refused", "asked", "room_scarce")),
    # Premises networks
    *_of((ASSET,), CHOICE, ("premises_type",), PREMISES_TYPES),
    *_of((ASSET,), BOOLEAN, ("existing_building", "network_works", "equal_access", "open_to_all"), evidence=True),
    *_of((ASSET,), DATE, ("network_works_on",)),
    # Free WiFi zones
    *_of((ASSET,), BOOLEAN, ("free", "security_measures", "security_filing", "login_stated", "responsible_stated")),
    *_of((ASSET,), NUMBER, ("log_days",)),
    # Works, and what hangs on an asset's works
    *_of((PROJECT, ASSET), CHOICE, ("work_kind",), WORK_KINDS),
    *_of((PROJECT, ASSET), CHOICE, ("setting",), SETTINGS),
    *_of((PROJECT, ASSET), CHOICES, ("builds",), KINDS),  # kinds of infrastructure the works make or change
    *_of((PROJECT, ASSET), BOOLEAN, ("plan_designates", "in_town")),
    *_of((PROJECT, ASSET), CHOICE, ("works_funding",), FUNDING),
    *_of((PROJECT, ASSET), DATE, ("starts_on", "accepted_on")),
    *_of((PROJECT, ASSET), BOOLEAN, ACTS),
    *_of((PROJECT, ASSET), BOOLEAN, ("feasible", "co_built", "shared_duct", "needed_for_city_works"), evidence=True),
    *_of((PROJECT,), BOOLEAN, IN_STEP, evidence=True),
    *_of((ASSET,), BOOLEAN, ("undergrounded",)),
    # Agreements
    *_of((AGREEMENT,), BOOLEAN, ("exclusive", "in_term")),
    *_of((AGREEMENT,), CHOICE, ("grantor_kind", "grantee_kind"), PARTY_KINDS),
    *_of((AGREEMENT,), DATE, ("signed_on",)),
    # limits_choice: users cannot choose another operator; dominant: the grantee's position, as the authority found it
    *_of((AGREEMENT,), BOOLEAN, ("affects_competition", "monopolistic"), evidence=True),
    # administrative_power: a public body used its power over others, it did not only let what it owns
    *_of((AGREEMENT,), BOOLEAN, ("limits_choice", "dominant", "administrative_power"), evidence=True),
    # Lawful building or public service was kept out: more than a refusal
    *_of((ASSET, AGREEMENT), BOOLEAN, ("obstructed",), evidence=True),
    # Areas: key public areas of a government's dated list among them
    *_of((AREA,), BOOLEAN, ("key_public_area", "free_wifi")),
    *_of((AREA,), CHOICE, ("urban_part",), URBAN_PARTS),
    # Parties
    *_of((PARTY,), CHOICE, ("party_kind",), PARTY_KINDS),
]  # fmt: skip

FACTS: dict[str, FactSpec] = {spec.name: spec for spec in _SPECS}
EVIDENCE = tuple(sorted(name for name, spec in FACTS.items() if spec.evidence))
