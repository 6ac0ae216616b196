"""From rows of the register to subjects the law can be asked about.

A fact the register does not know is left out: it is "not shown", never false. What is not recorded about opening,
works and evidence is therefore missing; false stands only where the register itself is the place where it would be.
Values without a date of their own (form, venue, funding, laying) are those of today, whatever day is asked about.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from infra_registry.duties.judging import fact_store, other_fact_store
from infra_registry.duties.judging.addressees import Holders
from infra_registry.duties.judging.fact_store import AreaName, Ledgers, Opening
from infra_registry.rules.engine import ABROAD, DutySubject
from infra_registry.rules.facts import FACTS
from infra_registry.rules.model import SubjectKind

SHARED_FROM = 2
COMING = ("planned", "building", "accepted")
EXCLUSIVE_DEALS = ("exclusive_access", "exclusive_revenue", "exclusive_marketing")
_SAME = (
    "kind", "form", "venue", "controller_type", "funding", "pole_use", "laying", "built_on", "premises_type",
    "network_works_on", "free", "security_measures", "log_days",
)  # fmt: skip
_OF_ASSETS = frozenset(name for name, spec in FACTS.items() if SubjectKind.ASSET in spec.subjects)
NO_EVENTS = Opening(None, 0, False)


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """A subject with what the register knows of it, where it lies and whom a clause about it may mean."""

    id: int
    code: str
    city_id: int | None
    subject: DutySubject
    holders: Holders

    @property
    def kind(self) -> SubjectKind:
        """Kind of the subject: asset, works, agreement or key area."""
        return self.subject.kind


def of_assets(connection: Connection, ids: Sequence[int], on: date) -> list[SubjectFacts]:
    """The assets that exist among these ids, with their facts on a day."""
    rows = fact_store.assets(connection, ids)
    if not rows:
        return []
    hung = fact_store.ledgers(connection, [row.id for row in rows], on)
    works = _works(connection, [row.project_id for row in rows if row.project_id is not None], on)
    codes = _codes(connection, [(*hung.areas.get(row.id, ()), row.city_id) for row in rows])
    builders = {key: row.builder_id for key, (row, _) in works.items()}
    kinds = fact_store.party_kinds(
        connection,
        {
            *(key for row in rows for key in (row.owner_id, row.operator_id, row.controller_id)),
            *builders.values(),
        },
    )
    subjects = []
    for row, areas in zip(rows, codes, strict=True):
        _, of_works = works.get(row.project_id, (None, {}))
        facts = {name: value for name, value in of_works.items() if name in _OF_ASSETS and name != "funding"}
        if "builds" in facts:  # of the assets of works this one counts for itself, blurred or not
            facts["builds"] = tuple(sorted({*facts["builds"], row.kind}))
        builder = builders.get(row.project_id)
        facts |= _of_asset(row, hung, past=on < row.today) | _by_other(row, builder)
        holders = Holders(kinds, row.owner_id, row.operator_id, row.controller_id, builder=builder)
        subjects.append(
            SubjectFacts(
                row.id, row.code, row.city_id, DutySubject(SubjectKind.ASSET, areas, _stated(facts)), holders
            )
        )
    return subjects


def _of_asset(row: Any, hung: Ledgers, *, past: bool) -> dict[str, Any]:
    status, opening = hung.status.get(row.id), hung.openings.get(row.id, NO_EVENTS)
    facts: dict[str, Any] = {name: getattr(row, name) for name in _SAME}
    facts |= hung.shown.get(row.id, {})
    facts["status"] = (status.status if status else None) if past else row.status
    facts["step"] = _step(facts["status"])
    facts["in_use_on"] = row.in_service_on or (status.in_use_on if status else None)
    facts["has_works"] = True if row.project_id else (None if facts["status"] in COMING else False)
    if row.kind == "wifi_zone":
        facts |= {
            "security_filing": row.security_filing is not None or None,
            "login_stated": row.login_manner is not None or None,
            "responsible_stated": row.responsible is not None or None,
        }
    if row.kind == "cable" and row.laying is not None:
        facts["undergrounded"] = row.id in hung.sunk
    return facts | _sharing(row.id, hung, past=past) | _opening(opening, hung.units.get(row.id))


def _step(status: str | None) -> str | None:
    """The step a status implies: ``build`` before completion, else ``none``; gates set other steps."""
    if status is None:
        return None
    return "build" if status in ("planned", "building") else "none"


def _by_other(row: Any, builder: int | None) -> dict[str, Any]:
    """Whether the builder is neither owner nor operator; empty when the builder or both holders are not recorded."""
    own = {row.owner_id, row.operator_id} - {None}
    return {"works_by_other": builder not in own} if builder is not None and own else {}


def _sharing(key: int, hung: Ledgers, *, past: bool) -> dict[str, Any]:
    """Two carriers are shared; fewer are "not shared" only where the units of today's ledger say who holds them."""
    carriers, units = hung.carriers.get(key, 0), hung.units.get(key)
    complete = units is not None and units.unnamed == 0 and not past
    if carriers < SHARED_FROM and not complete:
        return {}
    return {"operators_count": carriers, "shared": carriers >= SHARED_FROM}


def _opening(opening: Opening, units: Any) -> dict[str, Any]:
    """Facts of the ledger of opening: the holder's last answer, requests, free units against waiting requests."""
    facts: dict[str, Any] = {"asked": opening.requested}
    if opening.word in ("opened", "refused"):
        facts |= {"opened": opening.word == "opened", "refused": opening.word == "refused"}
    if units is not None:
        facts["room_scarce"] = units.free < max(1, opening.waiting)
    return facts


def of_projects(connection: Connection, ids: Sequence[int], on: date) -> list[SubjectFacts]:
    """The works that exist among these ids, with their facts on a day."""
    works = _works(connection, ids, on)
    touched = other_fact_store.areas_of(connection, "project", list(works))
    codes = _codes(connection, [(*touched.get(key, ()), row.city_id) for key, (row, _) in works.items()])
    kinds = fact_store.party_kinds(connection, [row.builder_id for row, _ in works.values()])
    return [
        SubjectFacts(
            key,
            row.code,
            row.city_id,
            DutySubject(SubjectKind.PROJECT, areas, facts),
            Holders(kinds, builder=row.builder_id),
        )
        for (key, (row, facts)), areas in zip(works.items(), codes, strict=True)
    ]


def _works(connection: Connection, ids: Sequence[int], on: date) -> dict[int, tuple[Any, Mapping[str, Any]]]:
    """Rows and facts of works; an act that nobody recorded is missing, not undone."""
    project_ids = sorted(set(ids))
    if not project_ids:
        return {}
    done = other_fact_store.acts(connection, project_ids, on)
    shown = fact_store.shown(connection, "project_id", project_ids, on)
    return {
        row.id: (row, _stated(_of_project(row, done.get(row.id, {})) | shown.get(row.id, {})))
        for row in other_fact_store.projects(connection, project_ids)
    }


def _of_project(row: Any, done: Mapping[str, date]) -> dict[str, Any]:
    return {
        "work_kind": row.work_kind,
        "setting": row.setting,
        "builds": None if row.builds is None else tuple(sorted({*row.builds, *row.linked})),
        "plan_designates": True if "designated" in done else row.designated,
        "in_town": row.in_town,
        "funding": row.funding,
        "works_funding": row.funding,
        "starts_on": row.starts_on or done.get("started"),
        "accepted_on": done.get("accepted"),
        **dict.fromkeys(done, True),
    }


def of_agreements(connection: Connection, ids: Sequence[int], on: date) -> list[SubjectFacts]:
    """The agreements that exist among these ids, with their facts on a day; they lie where their asset lies."""
    rows = other_fact_store.agreements(connection, ids, on)
    if not rows:
        return []
    assets = fact_store.asset_areas(connection, {row.asset_id for row in rows})
    codes = _codes(connection, [(*assets.get(row.asset_id, ()), row.city_id) for row in rows])
    kinds = fact_store.party_kinds(
        connection,
        {k for r in rows for k in (r.owner_id, r.operator_id, r.controller_id, r.grantor_id, r.grantee_id)},
    )
    shown = fact_store.shown(connection, "agreement_id", [row.id for row in rows], on)
    subjects = []
    for row, areas in zip(rows, codes, strict=True):
        facts = {
            "exclusive": True
            if row.exclusive is None and row.deal_type in EXCLUSIVE_DEALS
            else row.exclusive,
            "in_term": row.in_term,
            "signed_on": row.signed_on,
            "grantor_kind": kinds.get(row.grantor_id),
            "grantee_kind": kinds.get(row.grantee_id),
        } | shown.get(row.id, {})
        holders = Holders(
            kinds,
            row.owner_id,
            row.operator_id,
            row.controller_id,
            grantor=row.grantor_id,
            grantee=row.grantee_id,
        )
        subject = DutySubject(SubjectKind.AGREEMENT, areas, _stated(facts))
        subjects.append(SubjectFacts(row.id, row.code, row.city_id, subject, holders))
    return subjects


def of_key_areas(connection: Connection, ids: Sequence[int], on: date) -> list[SubjectFacts]:
    """Areas of a government's dated list. No free zone is false only where the register has the city's zones."""
    rows = other_fact_store.key_areas(connection, ids, on)
    touched = other_fact_store.areas_of(connection, "key_area", [row.id for row in rows])
    codes = _codes(connection, [(*touched.get(row.id, ()), row.city_id) for row in rows])
    shown = fact_store.shown(connection, "key_area_id", [row.id for row in rows], on)
    subjects = []
    for row, areas in zip(rows, codes, strict=True):
        without = None if row.unstated or not row.known else False
        facts = {
            "key_public_area": row.listed,
            "urban_part": row.urban_part,
            "free_wifi": True if row.free else without,
        } | shown.get(row.id, {})
        subject = DutySubject(SubjectKind.AREA, areas, _stated(facts))
        subjects.append(SubjectFacts(row.id, row.code, row.city_id, subject, Holders({})))
    return subjects


def _stated(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}


def _codes(connection: Connection, areas: Iterable[Sequence[int | None]]) -> list[frozenset[str]]:
    """Codes of the areas of each subject with all above them, and names of its zones; alike ones share one set."""
    area_ids = [tuple(sorted({key for key in keys if key is not None})) for keys in areas]
    places = fact_store.places(connection, {key for keys in area_ids for key in keys})
    sets = {keys: codes([place for key in keys for place in places.get(key, ())]) for keys in set(area_ids)}
    return [sets[keys] for keys in area_ids]


def codes(places: Iterable[AreaName]) -> frozenset[str]:
    """What a rulebook may name an area by. One of a foreign scheme keeps its scheme and stands for "abroad"."""
    names: set[str] = set()
    abroad = at_home = False
    for place in places:
        if place.scheme == "foreign":
            abroad = True
            names.add(f"{place.scheme}:{place.code}")
            continue
        at_home = True
        names.add(place.code)
        if place.level == "zone":
            names.add(place.name)
    return frozenset(names | {ABROAD} if abroad and not at_home else names) - {""}
