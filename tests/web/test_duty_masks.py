"""Facts a city keeps closed: no outlet tells anything of a duty that rests on one to whom the field is not shown.

Two registers are alike but for the hidden value: a pole for street lights, which the opening clause means, and one of
a carrier, which it does not. Whoever is not shown the field gets the same answers from both.
"""

import difflib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest
from click.testing import CliRunner
from sqlalchemy import text

from infra_registry.access import ANONYMOUS, SERVICE, Actor, Role
from infra_registry.assets import reference
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind, Status
from infra_registry.assets.register import register
from infra_registry.cli import duties as duties_cli
from infra_registry.config import Settings
from infra_registry.coverage.remedies import candidate_store
from infra_registry.db import Database
from infra_registry.db.connection import acting_as
from infra_registry.duties.answers import ledger, ledger_store, opening
from infra_registry.duties.answers.ledger_query import Query as LedgerQuery
from infra_registry.duties.answers.opening_checks import Act
from infra_registry.duties.inforce.law import law
from infra_registry.duties.judging import current_store, reach_store
from infra_registry.duties.judging.current_store import DutyFilter
from infra_registry.rules.model import SubjectKind
from tests.conftest import clone, drop
from tests.integration.law_towns import Towns, building, place, settle
from tests.integration.rebuilding import rebuild
from tests.web.site import Site, Visitor

USES = ("street_light", "telecom")
CITY = "360600"
TABLE = """area = "360600"
basis = "A city that keeps the use of its poles closed."
[common]
fields = { code = "P1", kind = "P1", status = "P1", name = "P1", owner = "P1", operator = "P1", controller = "P1" }
[kind.pole]
class = "P1"
fields = { use = "P3", height_m = "P1" }
"""
# What differs from one call to the next: nonces, tokens, times, generated names.
PASSING = re.compile(
    "|".join(
        (
            r"""nonce[=-]["']?[\w+/=-]+""",
            r'csrf.token" (value|content)="[^"]+"',
            r"(?<![0-9a-f])[0-9a-f]{16,64}|<span[^>]*>[0-9a-f]{8,16}</span>",
            r"\d{2}:\d{2}(:\d{2}[.\d]*)?",
            r"O-[0-9A-Z]{10}",
        )
    )
)


@dataclass
class Register:
    """One of the two registers: a pole, a hall, who looks."""

    database: Database
    site: Site
    towns: Towns
    pole: str
    hall: str
    pole_id: int
    visitors: dict[str, Visitor]

    def page(self, who: str, path: str) -> str:
        """A page with its own codes and what differs from call to call taken out."""
        answer = self.visitors[who].get(path.format(pole=self.pole, hall=self.hall))
        assert answer.status_code in (200, 204), (path, answer.status_code)
        return self.plain(answer.get_data(as_text=True))

    def plain(self, content: str) -> str:
        """Text that two registers can be compared by."""
        content = content.replace(self.pole, "POLE").replace(self.hall, "HALL")
        return PASSING.sub("", content)

    def actor(self, who: str) -> Actor:
        """Whom the database knows a reader as."""
        return ANONYMOUS if who == "anyone" else self.towns.actors[who]


def fill(database: Database, use: str, var: Path) -> Register:
    """A register with one pole of this use, whose city closes the field once everything is computed."""
    with database.use_case(SERVICE) as connection:
        towns = settle(connection)
        own: dict[str, Any] = {"owner_id": towns.parties["holder"], "controller_id": towns.parties["holder"]}
        draft = Draft(
            Kind.POLE, "示例杆", place("yingtan", 50), fields={"use": use}, status=Status.IN_USE, **own
        )
        pole = register(connection, [draft])[0].code
        hall = building(connection, towns, "yingtan")
        rebuild(connection, law(connection))
        ledger.rebuild(connection)
    carrier = towns.actors["carrier"]
    with database.use_case(carrier) as connection:
        opening.record(connection, law(connection), carrier, [Act(pole, "asked", wanted="mast")])
    folder = var / "publication"
    folder.mkdir(parents=True)
    (folder / "city.toml").write_text(TABLE, "utf-8")
    with database.use_case(SERVICE) as connection:
        reference.load_publication(connection, folder)
        pole_id = reach_store.id_of(connection, SubjectKind.ASSET, pole) or 0
    site = Site(database, Settings(var_dir=var))
    city, holder = towns.cities["yingtan"], towns.parties["holder"]
    visitors = {
        "anyone": site.visitor(),
        "carrier": site.user("carrier-web", (Role.SEEKER, None), party_id=towns.parties["other_carrier"]),
        "holder": site.user("holder-web", (Role.OWNER_EDITOR, None), party_id=holder),
        "regulator": site.user("regulator-web", (Role.REGULATOR, city)),
    }
    return Register(database, site, towns, pole, hall, pole_id, visitors)


@pytest.fixture(scope="module")
def registers(
    cluster: Any, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Register]]:
    """The two registers by the use of their pole."""
    addresses = {use: clone(cluster, template) for use in USES}
    databases = {use: Database(address.app) for use, address in addresses.items()}
    try:
        yield {use: fill(databases[use], use, tmp_path_factory.mktemp(use)) for use in USES}
    finally:
        for use in USES:
            databases[use].dispose()
            drop(cluster, addresses[use])


PAGES = (
    "/assets/{pole}",
    f"/duties?area={CITY}",
    f"/duties?area={CITY}&standing=binds&sort=law",
    f"/duties?area={CITY}&kind=pole",
    "/duties?code={pole}",
    f"/duties.csv?area={CITY}",
    f"/duties/opening?area={CITY}",
    f"/duties/opening?area={CITY}&standing=binds",
    f"/duties/opening.csv?area={CITY}",
    f"/duties/opening/export?area={CITY}",
    "/law/yingtan",
    "/law",
    "/",
    "/?area=" + CITY,
    "/areas/" + CITY,
    "/api/v1/assets/{pole}",
    f"/api/v1/assets?area={CITY}",
    "/map/export?area=" + CITY,
)


@pytest.mark.parametrize("who", ["anyone", "carrier"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_answer_alike(registers: dict[str, Register], path: str, who: str) -> None:
    first, second = (registers[use].page(who, path) for use in USES)
    assert list(difflib.unified_diff(first.splitlines(), second.splitlines(), n=0)) == []


def drawn(register: Register, who: str, layer: str, n: int = 50) -> Any:
    """What the tile around a place of the town (the pole's, without one) says of pole and hall."""
    spot = place("yingtan", n)
    z = 10
    x = int((spot.x + 180) / 360 * 2**z)
    y = int((1 - math.asinh(math.tan(math.radians(spot.y))) / math.pi) / 2 * 2**z)
    answer = register.visitors[who].get(f"/tiles/{layer}/{z}/{x}/{y}.mvt")
    found = mapbox_vector_tile.decode(answer.data) if answer.data else {}
    names = {register.pole: "POLE", register.hall: "HALL"}
    return {
        names.get(f["properties"].get("code"), "?"): f["properties"]["state"]
        for name in found.values()
        for f in name["features"]
    }


@pytest.mark.parametrize("who", ["anyone", "carrier"])
def test_duty_tiles_answer_alike(registers: dict[str, Register], who: str) -> None:
    first, second = (drawn(registers[use], who, "duties") for use in USES)
    assert first == second
    assert "POLE" not in first


@pytest.mark.parametrize("who", ["anyone", "carrier"])
def test_opening_tiles_answer_alike(registers: dict[str, Register], who: str) -> None:
    first, second = (drawn(registers[use], who, "openings") for use in USES)
    assert first == second
    assert first["POLE"] == "asked"


def test_what_is_not_shown_is_not_called_absent(registers: dict[str, Register]) -> None:
    """A pole that a clause means, and that nobody may know it of: "no clause asks for it" would be untrue."""
    for who, said in (("anyone", "Not open to you"), ("regulator", "Yingtan Regulation")):
        text = registers["street_light"].page(who, f"/duties/opening?area={CITY}&kind=pole")
        assert said in text
        assert "No clause asks for it" not in text


@pytest.mark.parametrize("who", ["anyone", "carrier"])
def test_counts_answer_alike(registers: dict[str, Register], who: str) -> None:
    counted: list[list[Any]] = []
    for use in USES:
        register = registers[use]
        with register.database.use_case(register.actor(who)) as connection:
            counted.append(
                [
                    *(current_store.counts(connection, DutyFilter(), by) for by in current_store.COUNTED),
                    current_store.counts(connection, DutyFilter(district=CITY), "kept"),
                    ledger.states(connection, LedgerQuery()),
                    ledger.figures(connection, LedgerQuery()),
                    ledger.figures(connection, LedgerQuery(), "body"),
                ]
            )
    assert counted[0] == counted[1]


@pytest.mark.parametrize("who", ["anyone", "carrier"])
def test_what_remedies_say_of_a_host_is_alike(registers: dict[str, Register], who: str) -> None:
    """The duty and the opening that stand in the way of a host, as a run of this reader takes them."""
    found = []
    for use in USES:
        register = registers[use]
        with register.database.use_case(register.actor(who)) as connection:
            duties = candidate_store.duties(connection, [register.pole_id])
            opened = candidate_store.openings(connection, [register.pole_id])
        found.append((duties, [tuple(row)[1:5] for row in opened.values()]))
    assert found[0] == found[1]
    assert found[0][0] == {}


def test_an_exemption_shows_nothing_to_whoever_is_not_told(registers: dict[str, Register]) -> None:
    """No day of an answer and no days to it: with "not asked" beside them they could only mean an exemption."""
    register = registers["street_light"]
    seen = text("SELECT told, state, since, answered_on, answer_days FROM opening_seen WHERE asset_id = :id")
    exempted = text("""UPDATE opening_current SET state = 'exempt', since = CURRENT_DATE, answered_on = CURRENT_DATE,
      answer_days = 3 WHERE asset_id = :id""")
    with register.database.use_case(SERVICE) as connection, connection.begin_nested() as undone:
        connection.execute(exempted, {"id": register.pole_id})
        whole = connection.execute(seen, {"id": register.pole_id}).one()
        with acting_as(connection, ANONYMOUS):
            row = connection.execute(seen, {"id": register.pole_id}).one()
        undone.rollback()  # others read this register
    assert (whole.told, whole.state) == (True, "exempt")
    assert whole.answered_on is not None
    assert (row.told, row.answered_on, row.answer_days) == (False, None, None)
    assert row.state in ("asked", "not_asked", "no_answer")


def command(register: Register, monkeypatch: pytest.MonkeyPatch, *args: str) -> str:
    monkeypatch.setattr("infra_registry.cli.session.open_database", lambda: register.database)
    monkeypatch.setenv("REGISTRY_LANG", "en")
    answer = CliRunner().invoke(duties_cli.duties, [*args], catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return register.plain(answer.output)


@pytest.mark.parametrize("more", [["--json"], []])
@pytest.mark.parametrize("who", [["--public"], ["--as", "carrier"]])
@pytest.mark.parametrize("about", [["--asset", "pole"], ["--area", CITY]])
def test_the_command_line_answers_alike(
    registers: dict[str, Register],
    monkeypatch: pytest.MonkeyPatch,
    about: list[str],
    who: list[str],
    more: list[str],
) -> None:
    told = []
    for use in USES:
        named = [registers[use].pole if word == "pole" else word for word in about]
        told.append(command(registers[use], monkeypatch, *named, *who, *more))
    assert told[0] == told[1]


def test_what_rests_on_open_facts_is_still_told(registers: dict[str, Register]) -> None:
    """The hall beside the pole: its kind, form and venue are open, so its duty is."""
    register = registers["street_light"]
    assert 'id="d-yingtan-18.1"' in register.page("anyone", "/assets/{hall}")
    assert "HALL" in register.page("anyone", f"/duties.csv?area={CITY}")
    assert drawn(register, "anyone", "duties", 0)["HALL"] == "not_shown"


@pytest.mark.parametrize("who", ["holder", "regulator"])
def test_owner_and_regulator_are_told_all(registers: dict[str, Register], who: str) -> None:
    lit, other = (registers[use] for use in USES)
    assert "18.1" in lit.page(who, "/duties?code={pole}")
    assert "18.1" not in other.page(who, "/duties?code={pole}")
    assert drawn(lit, who, "duties")["POLE"] == "not_shown"
    with lit.database.use_case(lit.towns.actors["holder"]) as connection:
        row = ledger_store.by_asset(connection, lit.pole_id)
        assert row is not None
        assert (row.clause, row.standing) == ("18.1", "conditions_not_shown")


def test_a_table_that_opens_the_field_again_opens_its_duties(database: Database, tmp_path: Path) -> None:
    register = fill(database, "street_light", tmp_path)

    def seen() -> int:
        with database.use_case(ANONYMOUS) as connection:
            return current_store.total(connection, DutyFilter(code=register.pole, clause="18.1"))

    assert seen() == 0
    for access_class, expected in (("P1", 1), ("P2", 0), ("P0", 1), ("P4", 0)):
        with database.use_case(SERVICE) as connection:
            connection.execute(
                text("UPDATE publication_field SET access_class = :given WHERE field = 'use'"),
                {"given": access_class},
            )
        assert seen() == expected, access_class
    with database.use_case(SERVICE) as connection:
        connection.execute(text("DELETE FROM publication_field WHERE field = 'use'"))
    assert seen() == 0


def test_a_rebuild_of_one_rulebook_leaves_openings_closed(database: Database, tmp_path: Path) -> None:
    """Also of one without a clause on opening: what an opening rests on is asked of every rulebook."""
    register_of = fill(database, USES[0], tmp_path)
    query = text("SELECT fields, needs FROM opening_current WHERE asset_id = :id")
    with database.use_case(SERVICE) as connection:
        in_force = law(connection)
        before = connection.execute(query, {"id": register_of.pole_id}).one()
        for book in in_force.books:
            rebuild(connection, in_force, books=[book.key])
        assert connection.execute(query, {"id": register_of.pole_id}).one() == before
    assert before.needs == 3
