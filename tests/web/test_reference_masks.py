"""A blurred asset names nothing that stands more exactly, and nothing that names it places it.

Two registers are copies of one and differ in one reference alone: which of two exact neighbours in the same cell is
named by every blurred asset (or names one). Whoever is shown the assets blurred gets the same answers from both. Who
is on a host is a published field of the host; the city of these registers keeps it closed, so that nothing else tells.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest
from click.testing import CliRunner
from geoalchemy2.shape import from_shape
from shapely.geometry import LineString, MultiPolygon, Point, box
from sqlalchemy import insert, text

from infra_registry.access import SERVICE, Role
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import KINDS, REFERENCES, Kind, Shape
from infra_registry.assets.register import register
from infra_registry.cli import registry as command
from infra_registry.config import Settings, today
from infra_registry.db import Database
from infra_registry.duties.answers import ledger
from infra_registry.duties.inforce.law import law
from infra_registry.exchange.tables import import_batch
from infra_registry.formats.mercator import corner
from infra_registry.parties.tables import party, place_grant
from infra_registry.publish.spatial import tile
from tests.conftest import cloned
from tests.integration.law_towns import Towns, settle, works
from tests.integration.rebuilding import rebuild
from tests.origin import origin
from tests.web import reference_runs
from tests.web.site import Site, Visitor
from tests.web.test_duty_masks import PASSING

CITY = "360600"
TABLE = "UPDATE publication_field SET access_class = :access WHERE field = :field"
OPEN = {"operators": "P2", "operators_count": "P1"}
# As this city has it: who is on a host is closed, what an asset refers to is as open as a table can make it.
CLOSED = dict.fromkeys(OPEN, "P4") | dict.fromkeys(("host", "ends", "controller"), "P1")
# The middle of one cell of 100 m; everything stands within a few metres of it.
COLUMN, ROW = tile(117.2, 30.2, 18)
LON, LAT = corner(COLUMN + 0.5, ROW + 0.5, 18)
BLURRED = ("anonymous", "seeker", "grantee", "other_carrier")
SEEING = ("owner", "regulator", "grantee_here")


def spot(n: int) -> Point:
    """A place in the cell: about a metre apart, at most 20 m from its middle."""
    return Point(LON + 0.00001 * (n % 20 - 10), LAT + 0.00001 * (n // 20))


def shape(kind: Kind, n: int) -> Any:
    return LineString([spot(n), spot(n + 1)]) if KINDS[kind].shape is Shape.LINE else spot(n)


@dataclass
class Scene:
    """Codes and ids by name: ``a``, ``b`` the exact hosts, ``blurred-KIND``, chambers, zones and ducts."""

    towns: Towns
    codes: dict[str, str] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    works: list[str] = field(default_factory=list)

    @property
    def blurred(self) -> list[int]:
        return [key for name, key in self.ids.items() if name.startswith("blurred-")]


def drafts(towns: Towns) -> dict[str, Draft]:
    """Hosts and chambers that stand exactly on the map; an asset of every kind that is blurred; what may name them."""
    holder, carrier = towns.parties["holder"], towns.parties["carrier"]
    exact: dict[str, Any] = {"owner_id": holder, "access_class": "P1"}
    hidden: dict[str, Any] = {"owner_id": carrier, "operator_id": carrier}
    named = {
        "a": Draft(Kind.TOWER, "Host A", spot(1), controller_id=holder, **exact),
        "b": Draft(Kind.TOWER, "Host B", spot(2), controller_id=towns.parties["rival"], **exact),
        "chamber-a": Draft(Kind.CHAMBER, "Chamber A", spot(3), **exact),
        "chamber-b": Draft(Kind.CHAMBER, "Chamber B", spot(4), **exact),
        "zone-a": Draft(Kind.WIFI_ZONE, "Zone A", spot(5), **exact),
        "zone-b": Draft(Kind.WIFI_ZONE, "Zone B", spot(6), **exact),
        "duct-a": Draft(Kind.DUCT, "Duct A", shape(Kind.DUCT, 7), **exact),
        "duct-b": Draft(Kind.DUCT, "Duct B", shape(Kind.DUCT, 8), **exact),
    }
    for n, kind in enumerate(Kind):
        access = "P2" if n % 2 else "P3"
        named[f"blurred-{kind}"] = Draft(
            kind, f"Blurred {kind}", shape(kind, 20 + n), access_class=access, **hidden
        )
    return named


def write(database: Database) -> Scene:
    """Everything the registers have in common, no reference set yet."""
    with database.use_case(SERVICE) as connection:
        scene = Scene(settle(connection))
        named = drafts(scene.towns)
        for name, one in zip(named, register(connection, list(named.values())), strict=True):
            scene.codes[name], scene.ids[name] = one.code, one.id
        for n in (0, 1):
            key, code = works(
                connection, scene.towns, "yingtan", ("filed",), geometry=spot(n).buffer(0.0001),
                builds=["tower"], builder_id=scene.towns.parties["holder"],
            )  # fmt: skip
            scene.ids[f"works-{n}"] = key
            scene.works.append(code)
            values = {
                "file_name": "a.csv",
                "file_hash": "-",
                "byte_count": 1,
                "mapping": "-",
                "state": "accepted",
            }
            new_row = insert(import_batch).values(code=f"BATCH-{n}", **values).returning(import_batch.c.id)
            scene.ids[f"batch-{n}"] = connection.execute(new_row).scalar_one()
        connection.execute(
            text("INSERT INTO duct_end (asset_id) SELECT asset_id FROM asset_duct ON CONFLICT DO NOTHING")
        )
        for name, away in (("guest", 40), ("guest-here", 0)):
            values = {"code": name, "name": name, "kind": "carrier"}
            scene.towns.parties[name] = connection.execute(
                insert(party).values(**values).returning(party.c.id)
            ).scalar_one()
            _grant(connection, scene.towns.parties[name], away)
        for exact, batch in (("a", 0), ("b", 1)):
            connection.execute(
                text("UPDATE asset SET batch_id = :batch WHERE id = :id"),
                {"batch": scene.ids[f"batch-{batch}"], "id": scene.ids[exact]},
            )
        for name, access in CLOSED.items():
            connection.execute(text(TABLE), {"access": access, "field": name})
        city = scene.towns.cities["yingtan"]
        reference_runs.add_zone(connection, city, spot(0), [scene.ids["blurred-base_station"]])
    for name in REFERRING:
        refer(database, scene, name, 0)
    return scene


def _grant(connection: Any, party_id: int, away: int) -> None:
    """A live grant: of the cell, or of a place ``away`` cells of 100 m from it."""
    west, north = corner(COLUMN - 2 + away, ROW - 2, 18)
    east, south = corner(COLUMN + 3 + away, ROW + 3, 18)
    now = datetime.now(UTC)
    values = {"starts_at": now - timedelta(days=1), "ends_at": now + timedelta(days=1), "purpose": "test"}
    outline = from_shape(MultiPolygon([box(west, south, east, north)]), 4326)
    connection.execute(insert(place_grant).values(code=f"G{away}", party_id=party_id, geom=outline, **values))


# How each reference is written, and the two things it may name (or that may name a blurred asset).
REFERRING = {
    "host": ("UPDATE asset SET host_id = :target WHERE id = ANY (:blurred)", "a", "b"),
    "controller": ("UPDATE asset SET controller_id = :target WHERE id = ANY (:blurred)", "holder", "rival"),
    "batch": ("UPDATE asset SET batch_id = :target WHERE id = ANY (:blurred)", "batch-0", "batch-1"),
    "works": ("UPDATE asset SET project_id = :target WHERE id = ANY (:blurred)", "works-0", "works-1"),
    "ends": (
        "UPDATE duct_end SET from_chamber_id = :target, to_chamber_id = :target WHERE asset_id = ANY (:blurred)",
        "chamber-a",
        "chamber-b",
    ),
    "host of an exact one": (
        "UPDATE asset SET host_id = CASE id WHEN :target THEN CAST(:room AS bigint) END WHERE id IN (:target, :other)",
        "zone-a",
        "zone-b",
    ),
    "ends of an exact one": (
        "UPDATE duct_end SET to_chamber_id = CASE asset_id WHEN :target THEN CAST(:chamber AS bigint) END "
        "WHERE asset_id IN (:target, :other)",
        "duct-a",
        "duct-b",
    ),
}


def refer(database: Database, scene: Scene, name: str, which: int) -> None:
    """Let the reference name the first or the second of its two, and bring duties and openings in step."""
    sql, *names = REFERRING[name]
    ids = scene.ids | scene.towns.parties
    target, other = ids[names[which]], ids[names[1 - which]]
    bound = {"target": target, "other": other, "blurred": scene.blurred}
    bound |= {"room": ids["blurred-room"], "chamber": ids["blurred-chamber"]}
    with database.use_case(SERVICE) as connection:
        connection.execute(text(sql), {key: bound[key] for key in bound if f":{key}" in sql})
        rebuild(connection, law(connection))
        ledger.rebuild(connection)


@dataclass
class Register:
    """One of the two registers: its readers, and what it answers them."""

    database: Database
    scene: Scene
    visitors: dict[str, Visitor]
    folder: Path
    runs: dict[str, str] = field(default_factory=dict)

    def compute(self) -> None:
        """Compute the coverage runs anew, as the references stand now."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("REGISTRY_VAR", str(self.folder))
            self.runs = reference_runs.computed(self.database, self.scene.towns.actors["regulator"])

    def answer(self, who: str, outlet: str, path: str) -> str:
        """The answer as text, without what differs from call to call."""
        if outlet == "command":
            return self.command(who, path)
        answer = self.visitors[who].get(path.format(**self.runs))
        assert answer.status_code < 500, path
        if outlet == "tile" and answer.status_code in (200, 204):
            layers = mapbox_vector_tile.decode(answer.data) if answer.data else {}
            return json.dumps(layers, default=str, sort_keys=True)
        content = answer.get_data(as_text=True)
        for method, code in self.runs.items():
            content = content.replace(code, method)
        return f"{answer.status_code} {PASSING.sub('', content)}"

    def command(self, who: str, line: str) -> str:
        """What a command writes, on the terminal and into its file."""
        words = [word.replace("FILE", str(self.folder / "out")) for word in line.split()]
        file = Path(words[-1])
        reader = (
            ["--as", f"{who}-web"] if who != "anonymous" else ["--public"] if words[0] == "duties" else []
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("infra_registry.cli.session.open_database", lambda: self.database)
            patch.setenv("REGISTRY_LANG", "en")
            done = CliRunner().invoke(command, [*words, *reader])
        written = file.read_text("utf-8") if "FILE" in line else ""
        said = f"{done.exit_code} {done.output} {done.exception} {written}"
        return PASSING.sub("", said.replace(str(self.folder), ""))


def opened(database: Database, scene: Scene, folder: Path) -> Register:
    """The register with somebody of every class of reader."""
    site, parties = Site(database, Settings(var_dir=folder)), scene.towns.parties
    seeker, editor = (Role.SEEKER, None), (Role.CARRIER_EDITOR, None)
    visitors = {
        "anonymous": site.visitor(),
        "seeker": site.user("seeker-web", seeker),
        "grantee": site.user("grantee-web", seeker, party_id=parties["guest"]),
        "other_carrier": site.user("other_carrier-web", seeker, editor, party_id=parties["other_carrier"]),
        "owner": site.user("owner-web", editor, party_id=parties["carrier"]),
        "grantee_here": site.user("grantee_here-web", seeker, party_id=parties["guest-here"]),
        "regulator": site.user("regulator-web", (Role.REGULATOR, scene.towns.cities["yingtan"])),
    }
    return Register(database, scene, visitors, folder)


@pytest.fixture(scope="module")
def registers(
    cluster: Any, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Register, Register]]:
    """Two copies of one register."""
    begun = origin(cluster, template, "reference_masks", write)
    folders = [tmp_path_factory.mktemp("var") for _ in range(2)]
    with cloned(cluster, begun.template) as first, cloned(cluster, begun.template) as second:
        registers = opened(first, begun.content, folders[0]), opened(second, begun.content, folders[1])
        registers[0].compute()
        yield registers


def outlets(scene: Scene) -> Iterator[tuple[str, str]]:
    """Every way something of an asset goes out: kind of outlet, address or command."""
    yield from asset_outlets(scene)
    yield from law_outlets(scene)
    yield from reference_runs.outlets(11, *tile(LON, LAT, 11))
    yield from other_outlets(scene)


def asset_outlets(scene: Scene) -> Iterator[tuple[str, str]]:
    """Lists, pages, files and documents of assets, parties and areas."""
    codes = scene.codes
    filters = [f"{name}={codes[host]}" for name in ("host",) for host in ("a", "b", "blurred-room")]
    filters += ["batch=BATCH-0", "batch=BATCH-1", f"area={CITY}", "q=Blurred", "owner=carrier"]
    for code in codes.values():
        yield from (("page", f"/assets/{code}"), ("interface", f"/api/v1/assets/{code}"))
    for chosen in filters:
        yield from (("page", f"/assets?{chosen}"), ("interface", f"/api/v1/assets?{chosen}"))
        yield ("csv", f"/assets.csv?{chosen}")
    for chosen in (filters[0], "batch=BATCH-0", f"area={CITY}"):
        yield ("offline map", f"/map/export?{chosen}")
    for kind in (Kind.BASE_STATION, Kind.DUCT):
        yield ("csv", f"/assets.csv?kind={kind}")
    for path in ("/", "/works", "/parties/holder", "/parties/rival", f"/areas/{CITY}", "/map/config.json"):
        yield ("page", path)


def law_outlets(scene: Scene) -> Iterator[tuple[str, str]]:
    """Works, duties and openings."""
    for code in scene.works:
        yield from (("page", f"/works/{code}"), ("page", f"/duties?code={code}"))
    for path in (
        f"/duties?area={CITY}",
        f"/duties/opening?area={CITY}",
        "/duties/opening?body=holder",
        "/duties/mine",
    ):
        yield ("page", path)
    yield from (("csv", f"/duties.csv?area={CITY}"), ("csv", f"/duties/opening.csv?area={CITY}"))


def other_outlets(scene: Scene) -> Iterator[tuple[str, str]]:
    """Tiles, evidence, batches of imports, histories, commands."""
    codes = scene.codes
    for zoom in (8, 11, 15):
        x, y = tile(LON, LAT, zoom)
        for layer in ("assets", "duties", "openings"):
            yield ("tile", f"/tiles/{layer}/{zoom}/{x}/{y}.mvt")
    for path in ("/evidence", f"/evidence?area={CITY}", "/law/yingtan", "/parties", "/search?q=Blurred"):
        yield ("page", path)
    for path in ("/imports", "/imports/BATCH-0", "/imports/BATCH-1", "/imports/BATCH-0/findings.csv"):
        yield ("batch", path)
    for code in codes.values():
        yield ("interface", f"/api/v1/assets/{code}/history")
    for name in ("a", "blurred-base_station", "blurred-duct", "zone-a"):
        yield ("command", f"duties --asset {codes[name]} --json")
    for kind in (Kind.BASE_STATION, Kind.DUCT):
        yield ("command", f"export --kind {kind} --to FILE.geojson")
    yield ("command", f"map --area {CITY} --to FILE.html")


OPENED = ("200", '{"a', '{"o', '{"r', "0 {", "0 /")
_first: dict[tuple[str, str, str], str] = {}
_told: list[tuple[str, str, str, str]] = []
_asked: list[tuple[str, str, str, str]] = []


@pytest.mark.parametrize("name", REFERRING)
def test_no_outlet_tells_which_one_is_meant(registers: tuple[Register, Register], name: str) -> None:
    """Outlet by reader by reference: both registers answer alike."""
    first, second = registers
    refer(second.database, second.scene, name, 1)
    second.compute()
    leaks = []
    try:
        for who in BLURRED:
            for outlet, path in outlets(first.scene):
                key = who, outlet, path
                if key not in _first:
                    _first[key] = first.answer(*key)
                _asked.append((*key, name))
                if second.answer(*key) != _first[key]:
                    leaks.append((*key, name))
    finally:
        refer(second.database, second.scene, name, 0)
    _told.extend(leaks)
    kinds = {outlet for _, outlet, _, _ in _asked}
    unanswered = {key[1] for key in _first} - {key[1] for key, said in _first.items() if said[:3] in OPENED}
    assert unanswered <= {"batch"}  # of others, which these readers may not see
    print(f"{len(_asked)} combinations ({len(kinds)} outlets, {len(BLURRED)} readers), {len(_told)} leaks")
    assert leaks == []


@pytest.mark.parametrize("who", SEEING)
def test_who_is_shown_an_asset_exactly_is_told_what_it_refers_to(
    registers: tuple[Register, Register], who: str
) -> None:
    register = registers[0]
    codes = register.scene.codes
    answer = register.visitors[who].get(f"/api/v1/assets/{codes['blurred-base_station']}").get_json()
    assert (answer["properties"]["level"], answer["properties"]["host"]) == ("exact", codes["a"])
    assert answer["properties"]["controller_code"] == "holder"
    ducts = register.visitors[who].get(f"/api/v1/assets/{codes['blurred-duct']}").get_json()
    assert set(ducts["properties"]["ends"].values()) == {codes["chamber-a"]}
    listed = register.visitors[who].get(f"/api/v1/assets?host={codes['a']}").get_json()
    assert listed["numberMatched"] == sum(name.startswith("blurred") for name in codes)
    page = register.visitors[who].get(f"/assets/{codes['blurred-base_station']}").get_data(as_text=True)
    assert f'href="/assets/{codes["a"]}"' in page


def test_a_withheld_station_counts_on_no_host(registers: tuple[Register, Register]) -> None:
    """Where everybody is shown who is on a host: in one register a withheld station of another carrier is on it."""
    first, second = registers
    for register_of, host in ((first, "a"), (second, "b")):
        with register_of.database.use_case(SERVICE) as connection:
            for name in OPEN:
                connection.execute(text(TABLE), {"access": "P1", "field": name})
            values = {"code": "quiet", "name": "quiet", "kind": "carrier"}
            quiet = connection.execute(insert(party).values(**values).returning(party.c.id)).scalar_one()
            withheld = Draft(
                Kind.BASE_STATION, "withheld", spot(9), operator_id=quiet, access_class="P4",
                host_id=register_of.scene.ids[host], withheld_reason="a guarded place",
                withheld_review_on=today() + timedelta(days=30),
            )  # fmt: skip
            register(connection, [withheld])
            rebuild(connection, law(connection))
        register_of.compute()
    asked = [*law_outlets(first.scene), *asset_outlets(first.scene)]
    kept = [key for key in asked if "batch" not in key[1]]
    leaks = [
        (who, *key) for who in BLURRED for key in kept if first.answer(who, *key) != second.answer(who, *key)
    ]
    print(f"{len(kept) * len(BLURRED)} combinations, {len(leaks)} leaks")
    assert leaks == []


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_who_is_on_a_host_is_a_published_field_of_the_host(
    registers: tuple[Register, Register], language: str
) -> None:
    """As shipped the public learns how many, seekers who; the page says what that tells."""
    register = registers[1]
    code = register.scene.codes["a"]
    with register.database.use_case(SERVICE) as connection:
        for name, access in OPEN.items():
            connection.execute(text(TABLE), {"access": access, "field": name})
    for who, names in (("anonymous", []), ("seeker", ["carrier"])):
        answer = register.visitors[who].get(f"/api/v1/assets/{code}").get_json()["properties"]
        assert answer["operators_count"] == 1
        assert [row["code"] for row in answer["operators"]] == names
        assert ("operators" in answer["hidden"]) == (not names)
        register.visitors[who].client.set_cookie("lang", language)
        page = register.visitors[who].get(f"/assets/{code}").get_data(as_text=True)
        register.visitors[who].client.set_cookie("lang", "en")
        words = {"en": "To say who is on it is to say where their plant stands", "zh-Hans": "就在此处"}
        assert words[language] in page
        assert ('href="/parties/carrier"' in page) == bool(names)
        assert register.scene.codes["blurred-base_station"] not in page


def test_every_field_of_the_rule_is_in_the_property(registers: tuple[Register, Register]) -> None:
    """Each reference of the rule is written by one of the statements above, or counted from one that is."""
    ledgers = {"operators", "operators_count", "capacity", "presence"}
    assert REFERENCES - ledgers <= set(REFERRING)
    answer = (
        registers[0].visitors["seeker"].get(f"/api/v1/assets/{registers[0].scene.codes['blurred-tower']}")
    )
    assert REFERENCES - {"batch"} <= set(answer.get_json()["properties"]["hidden"])
