"""Loading the sample cities: a city is one transaction; a second run finds everything there and changes nothing."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from infra_registry.access import SERVICE
from infra_registry.areas import Inhabited, SourceDraft, geocn
from infra_registry.areas import store as areas
from infra_registry.areas.outlines import write as write_outlines
from infra_registry.assets import projects
from infra_registry.assets.draft import Draft
from infra_registry.assets.register import register
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.demo import evidence, law_scenes, ledger, outlines, store
from infra_registry.demo.build import CityPlan, build
from infra_registry.demo.ground import Ground
from infra_registry.demo.plan import Planned, sample_code
from infra_registry.demo.samples import City, PartyRow, names, people
from infra_registry.duties.inforce.law import law
from infra_registry.duties.judging import projection
from infra_registry.errors import Forbidden, RegistryError
from infra_registry.parties import passwords

TIMEOUT_MS = 300_000
CHUNK = 600
AT_ONCE = 200_000
# Fields of works that a scene states as the register holds them.
STATED = ("funding", "designated", "setting", "builds", "in_town", "starts_on", "ends_on")

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a run did for a city: assets registered now, and assets that were there before."""

    city: City
    added: int
    present: int
    outlines: str


def prepare(settings: Settings) -> None:
    """Raise Forbidden ``demo.production`` where no sample data may be."""
    if settings.production:
        raise Forbidden("demo.production")


def load(database: Database, city: City, progress: Progress = lambda _done, _total: None) -> Loaded:
    """Load one city with areas, parties, assets, ledgers, works and people."""
    with database.use_case(SERVICE, timeout_ms=TIMEOUT_MS) as connection:
        source_id = areas.put_source(connection, _source(city))
        present = store.loaded(connection, source_id)
        shapes, ids, origin = _areas(connection, city)
        if present:
            return Loaded(city, 0, present, origin)
        plan = build(city, shapes)
        parties = put_parties(connection, city)
        works = _works(connection, plan, parties)
        city_id = _city_id(connection, city.code)
        law_scenes.write_zones(connection, city, city_id)
        counts = _assets(connection, plan, _Keys(parties, works, source_id), progress)
        dwellers = [
            Inhabited(ids[row.district], row.people, row.point, row.ref, "synthetic", source_id)
            for row in plan.dwellers
        ]
        areas.put_inhabited(connection, dwellers)
        _law(connection, city, plan, shapes, counts)
    return Loaded(city, len(counts), 0, origin)


def _law(
    connection: Connection, city: City, plan: CityPlan, shapes: dict[str, BaseGeometry], ids: dict[str, int]
) -> None:
    """What the law is asked about, then what it answers: the duties of the city and the ledger of opening."""
    city_id, in_force = _city_id(connection, city.code), law(connection)
    grounds = {item.code: Ground(city, item, shapes[item.code], "lists") for item in city.districts}
    law_scenes.write_lists(connection, city, plan, grounds)
    law_scenes.write_answers(connection, in_force, city, plan, ids)
    law_scenes.write_target(connection, city, city_id)
    while projection.catch_up(connection, in_force, most=AT_ONCE) is not None:
        pass
    law_scenes.write_campaigns(connection, in_force, city)
    evidence.write(connection, city, grounds)


def _city_id(connection: Connection, code: str) -> int:
    area = areas.find(connection, code, "gb2260")
    if area is None:
        raise RegistryError("demo.no_city", code=code)
    return area.id


def accounts(database: Database) -> int:
    """Add the sample log-ins that are missing; how many were added."""
    table = people()
    with database.use_case(SERVICE) as connection:
        city_id = _city_id(connection, table.city)
        ids = _party_ids(connection, table.city)
        password_hash = passwords.hash_password(table.password)
        rows = [
            {
                "login": row.login,
                "name": row.name,
                "password_hash": password_hash,
                "party_id": ids[row.party] if row.party else None,
                "sample": True,
                "roles": row.roles,
                "area_id": city_id if row.in_city else None,
            }
            for row in table.accounts
        ]
        return store.put_accounts(connection, rows)


def remove(database: Database) -> dict[str, int]:
    """Take all sample data away: counts by sort, and how many rows stay because something refers to them."""
    with database.use_case(SERVICE, timeout_ms=TIMEOUT_MS) as connection:
        return store.remove(connection)


def put_parties(connection: Connection, city: City) -> dict[str, int]:
    """The shared parties and those of the city; ids by key."""
    table = people()
    rows = [_party(row, code_of(row.key), "", "") for row in table.parties]
    mark = names()["mark"]
    rows += [
        _party(row, code_of(row.key, city.code), f"{mark['zh']}{city.name}", f"{mark['en']} {city.name_en} ")
        for row in table.local
    ]
    store.put_parties(connection, rows)
    return _party_ids(connection, city.code)


def code_of(key: str, city: str | None = None) -> str:
    """The code of a sample party."""
    return f"SAMPLE-{city}-{key.upper()}" if city else f"SAMPLE-{key.upper()}"


def _party(row: PartyRow, code: str, before: str, before_en: str) -> dict[str, object]:
    return {
        "code": code,
        "name": before + row.name,
        "name_en": before_en + row.name_en,
        "kind": row.kind,
        "sample": True,
    }


def _party_ids(connection: Connection, city: str) -> dict[str, int]:
    table = people()
    codes = {row.key: code_of(row.key) for row in table.parties}
    codes |= {row.key: code_of(row.key, city) for row in table.local}
    ids = store.put_parties(connection, [{"code": code} for code in codes.values()])
    return {key: ids[code] for key, code in codes.items()}


def _source(city: City) -> SourceDraft:
    return SourceDraft(
        code=f"sample-{city.code}",
        title=f"{names()['mark']['zh']}数据：{city.name}",
        provider="infra-registry",
        note=f"虚构数据，由种子值{city.seed}生成，不含真实地址、企业和人员 / "
        f"synthetic, made from seed {city.seed}; no real address, company or person",
        sample=True,
    )


def _areas(connection: Connection, city: City) -> tuple[dict[str, BaseGeometry], dict[str, int], str]:
    outlines_by_code, source = outlines.of(city)
    existing = areas.find(connection, city.code, "gb2260")
    missing = existing is None or not existing.has_boundary
    if missing:
        list(write_outlines(connection, outlines_by_code, source=source, scheme="gb2260"))
    shapes = {item.code: item.geometry for item in outlines_by_code}
    ids = {}
    for district in city.districts:
        area = areas.find(connection, district.code, "gb2260")
        if area is None or district.code not in shapes:
            raise RegistryError("demo.no_district", code=district.code, package=geocn.PACKAGE)
        ids[district.code] = area.id
    return shapes, ids, source.title


def _works(connection: Connection, plan: CityPlan, parties: dict[str, int]) -> dict[str, int]:
    ids = {}
    basis = names()["basis"]["act"]
    for item in plan.works:
        stated = {name: getattr(item.scene, name) for name in STATED}
        works = projects.Project(
            item.name,
            item.scene.kind,
            item.geometry,
            name_en=item.name_en,
            builder_id=parties[item.scene.builder],
            sample=True,
            code=sample_code("works", item.ref),
            **stated,
        )
        acts = [projects.Act(act, on, basis) for act, on in item.scene.acts.items()]
        ids[item.ref] = projects.add(connection, works, acts)
    return ids


@dataclass(frozen=True, slots=True)
class _Keys:
    parties: dict[str, int]
    works: dict[str, int]
    source_id: int


def _assets(connection: Connection, plan: CityPlan, keys: _Keys, progress: Progress) -> dict[str, int]:
    ids: dict[str, int] = {}
    for group in (plan.hosts, plan.tenants):
        for start in range(0, len(group), CHUNK):
            chunk = group[start : start + CHUNK]
            registered = register(connection, [_draft(item, keys, ids) for item in chunk])
            ids |= {item.ref: row.id for item, row in zip(chunk, registered, strict=True)}
            progress(len(ids), len(plan.assets))
    ledger.write(connection, plan, ids, keys.parties)
    return ids


def _draft(item: Planned, keys: _Keys, ids: dict[str, int]) -> Draft:
    def party(key: str | None) -> int | None:
        return keys.parties[key] if key else None

    return replace(
        item.draft,
        owner_id=party(item.owner),
        operator_id=party(item.operator),
        controller_id=party(item.controller),
        host_id=ids[item.host] if item.host else None,
        project_id=keys.works[item.project] if item.project else None,
        source_id=keys.source_id,
    )
