"""Files of the law on their way into force: digests, two persons, approvals at once, faulty files, due dates."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from geoalchemy2.shape import from_shape
from shapely.geometry import MultiPolygon, Point
from sqlalchemy import Connection, insert, select, update

from infra_registry import jobs
from infra_registry.access import ANONYMOUS, SERVICE, Actor, Role, RoleGrant
from infra_registry.areas.tables import area, area_boundary
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind
from infra_registry.assets.register import register
from infra_registry.assets.tables import asset as asset_table
from infra_registry.cluster import Addresses
from infra_registry.db import Database
from infra_registry.duties.inforce import document_store as store
from infra_registry.duties.inforce import loading
from infra_registry.duties.inforce.law import article_words, cite, law
from infra_registry.duties.inforce.law_work import TIMEOUT_MS
from infra_registry.duties.tables import clock, law_document, opening_event
from infra_registry.errors import Conflict, Forbidden, Invalid, NotFound
from infra_registry.parties.tables import user_account
from infra_registry.resources import DATA
from tests.integration.register_fixtures import CITY

WORK = ("infra_registry.duties.inforce.law_work",)
Person = Callable[..., Actor]


def make_city(connection: Connection) -> None:
    """A city the first rulebook holds in."""
    city = connection.scalar(
        insert(area).values(scheme="gb2260", code="370800", name="示例市", level="city").returning(area.c.id)
    )
    shape = from_shape(MultiPolygon([CITY]), srid=4326)
    connection.execute(insert(area_boundary).values(area_id=city, geom=shape, valid_from=date(2020, 1, 1)))


def text_of(name: str) -> str:
    return (DATA / name).read_text("utf-8")


def changed(name: str = "rulebooks/jining.toml", old: str = "2026-11-21", new: str = "2026-11-22") -> bytes:
    text = text_of(name)
    assert old in text
    return text.replace(old, new).encode()


@pytest.fixture
def person(database: Database) -> Person:
    def make(name: str, role: Role = Role.REGULATOR, city: int | None = None) -> Actor:
        with database.use_case(SERVICE) as connection:
            key = connection.scalar(
                insert(user_account)
                .values(login=name, name=name, password_hash="-")
                .returning(user_account.c.id)
            )
        assert key is not None
        return Actor(user_id=key, name=name, roles=frozenset({RoleGrant(role, city)}))

    return make


def proposed(database: Database, actor: Actor, content: bytes, name: str = "jining.toml") -> int:
    with database.use_case(actor) as connection:
        return loading.propose(connection, actor, content, name)


def previewed(database: Database, actor: Actor, content: bytes, name: str = "jining.toml") -> int:
    document = proposed(database, actor, content, name)
    with database.use_case(SERVICE, timeout_ms=TIMEOUT_MS) as connection:
        from infra_registry.config import today
        from infra_registry.duties.inforce.preview import preview

        found, text = store.filed(connection, document)
        now = law(connection)
        after, made = now.with_file(found.kind, found.name, text)
        store.keep_preview(connection, document, preview(connection, now, after, made, on=today()))
    return document


def test_what_ships_is_in_force_and_read_once_per_digest(database: Database) -> None:
    with database.use_case(ANONYMOUS) as connection:
        held = law(connection)
        assert law(connection) is held
        assert law(connection, date(2030, 1, 1)) is held
        assert {book.key for book in law(connection, date(2000, 1, 1)).books} == {b.key for b in held.books}
    assert held.unreadable == ()
    assert held.procedures is not None
    assert held.calendar.tables
    shipped = {path.stem for kind, _, path in loading.shipped_files() if kind == "rulebook"}
    assert {book.key for book in held.books} == shipped
    for book in held.books:
        for clause in book.clauses:
            assert cite(book, clause, "en").startswith(book.instrument.short.en)


def test_a_citation_is_written_one_way() -> None:
    assert article_words("18", "1", "zh-Hans") == "第18条第1款"
    assert article_words("18", "1", "en") == "art. 18(1)"
    assert article_words("75(2)", "", "zh-Hans") == "第75条第2款"
    assert article_words("41", "(1)", "zh-Hans") == "第41条第（1）项"
    assert article_words("41", "(1)", "en") == "art. 41(1)"
    assert article_words("1–5", "", "zh-Hans") == "第1—5条"
    assert article_words("?", "", "zh-Hans") == "（条号未核实）"


def test_installing_again_changes_nothing(addresses: Addresses, database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        again = loading.install(connection)
    assert again.put == again.proposed == again.faulty == ()
    assert len(again.unchanged) == len(list(loading.shipped_files()))


def test_a_changed_shipped_file_waits_and_a_faulty_one_changes_nothing(
    database: Database, tmp_path: Path
) -> None:
    shutil.copytree(DATA / "rulebooks", tmp_path / "rulebooks")
    (tmp_path / "rulebooks" / "jining.toml").write_bytes(changed())
    (tmp_path / "rulebooks" / "yingtan.toml").write_text(
        text_of("rulebooks/yingtan.toml").replace('modality = "shall"', 'modality = "sholl"', 1)
    )
    with database.use_case(SERVICE) as connection:
        before = law(connection)
        done = loading.install(connection, tmp_path)
        assert done.proposed == ("rulebooks/jining.toml",)
        assert [name for name, _ in done.faulty] == ["rulebooks/yingtan.toml"]
        place = done.faulty[0][1][0].field
        assert place.startswith("rulebooks/yingtan.toml:")
        assert place.endswith("modality")
        assert law(connection) is before
        waiting = [one for one in store.history(connection) if one.state == "proposed"]
        assert [(one.key, one.proposed_by) for one in waiting] == [("jining", None)]
        assert loading.install(connection, tmp_path).proposed == ()
        (tmp_path / "rulebooks" / "jining.toml").write_bytes(changed(new="2026-11-23"))
        assert loading.install(connection, tmp_path).proposed == ("rulebooks/jining.toml",)
        states = [one.state for one in store.history(connection) if one.key == "jining"]
    assert sorted(states) == ["in_force", "proposed", "rejected"]


def test_a_file_named_otherwise_than_its_key_is_not_installed(database: Database, tmp_path: Path) -> None:
    (tmp_path / "rulebooks").mkdir()
    shutil.copy(DATA / "rulebooks" / "jining.toml", tmp_path / "rulebooks" / "other.toml")
    with database.use_case(SERVICE) as connection:
        done = loading.install(connection, tmp_path)
    assert done.faulty[0][1][0].expected == "other"


def test_two_persons_put_a_file_in_force(database: Database, person: Person) -> None:
    one, two = person("one"), person("two")
    document = previewed(database, one, changed())
    with database.use_case(one) as connection, pytest.raises(Forbidden, match=r"law\.own_proposal"):
        loading.approve(connection, one, document)
    with database.use_case(SERVICE) as connection, pytest.raises(Forbidden, match=r"law\.needs_person"):
        loading.approve(connection, SERVICE, document)
    city = person("city", Role.REGULATOR, 1)
    with database.use_case(city) as connection, pytest.raises(Forbidden):
        loading.approve(connection, city, document)
    with database.use_case(two) as connection:
        before = law(connection)
        done = loading.approve(connection, two, document, "read twice")
        assert (done.state, done.proposer, done.decider, done.note) == (
            "in_force",
            "one",
            "two",
            "read twice",
        )
        after = law(connection)
        assert after.book("jining").instrument.last_checked == date(2026, 11, 22)
        assert before.book("jining").instrument.last_checked == date(2026, 11, 21)
        assert [book.key for book in after.books] == [book.key for book in before.books]
        asked = connection.scalars(select(law_document.c.state)).all()
    assert asked.count("replaced") == 1
    with database.use_case(SERVICE) as connection:
        assert "duties.rebuild" in [job.task for job in jobs.recent(connection)]
        assert loading.install(connection).proposed == ()  # what people decided stands


def test_of_two_approvals_at_once_one_wins(database: Database, person: Person) -> None:
    one, two, three = person("one"), person("two"), person("three")
    document = previewed(database, one, changed())

    def decide(actor: Actor) -> str:
        try:
            with database.use_case(actor) as connection:
                return loading.approve(connection, actor, document).state
        except Conflict as error:
            return error.code

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(decide, (two, three)))
    assert said == ["in_force", "law.decided"]


def test_of_two_files_of_one_key_the_second_needs_a_new_preview(database: Database, person: Person) -> None:
    one, two = person("one"), person("two")
    first, second = (previewed(database, one, changed(new=day)) for day in ("2026-11-22", "2026-11-23"))
    with database.use_case(two) as connection:
        loading.approve(connection, two, first)
    with database.use_case(two) as connection, pytest.raises(Conflict, match=r"law\.preview_old"):
        loading.approve(connection, two, second)


def test_nothing_is_approved_that_nobody_could_look_at(database: Database, person: Person) -> None:
    document = proposed(database, person("one"), changed())
    two = person("two")
    with database.use_case(two) as connection, pytest.raises(Conflict, match=r"law\.no_preview"):
        loading.approve(connection, two, document)


def test_turning_down_needs_a_reason_and_ends_the_matter(database: Database, person: Person) -> None:
    document, two = proposed(database, person("one"), changed()), person("two", Role.SYSTEM_ADMIN)
    with database.use_case(two) as connection:
        with pytest.raises(Invalid):
            loading.reject(connection, two, document, " ")
        assert loading.reject(connection, two, document, "not checked").state == "rejected"
        with pytest.raises(Conflict, match=r"law\.decided"):
            loading.approve(connection, two, document)
        assert law(connection).book("jining").instrument.last_checked == date(2026, 11, 21)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe", "law.not_utf8"),
        (b"a = ", "law.no_toml"),
        (b"a = \x00", "law.no_toml"),
        (b"a = " + b"[" * 3000, "law.no_toml"),
        (b"", "law.missing"),
        (b"# " + b"x" * 500_000, "law.too_long"),
        (changed(old='key = "jining"', new='key = "../x"'), "law.unknown_value"),
        (changed(old='topic = "free_wifi"', new='topic = "nothing"'), "law.unknown_reference"),
        (changed(old="last_checked = 2026-11-21", new="last_checked = 2026-11-21T08:00:00"), "law.wrong_type"),
        (changed("procedures/vocabulary.toml", "[[event]]", "[[evint]]"), "law.unknown_key"),
    ],
)  # fmt: skip
def test_a_faulty_file_is_refused_by_place_and_reason(
    database: Database, person: Person, content: bytes, code: str
) -> None:
    one = person("one")
    with database.use_case(one) as connection, pytest.raises(Invalid) as refused:
        loading.propose(connection, one, content, "C:\\x\\jining.toml")
    assert code in [fault.code for fault in refused.value.faults]
    assert all(
        fault.field.startswith(("jining.toml", "vocabulary.toml", "procedures/"))
        for fault in refused.value.faults
    )
    with database.use_case(SERVICE) as connection:
        assert (
            connection.scalars(select(law_document.c.id).where(law_document.c.state == "proposed")).all()
            == []
        )


def test_the_same_file_is_not_put_forward_twice(database: Database, person: Person) -> None:
    one = person("one")
    with database.use_case(one) as connection, pytest.raises(Conflict, match=r"law\.same"):
        loading.propose(connection, one, text_of("rulebooks/jining.toml").encode(), "jining.toml")
    proposed(database, one, changed())
    with database.use_case(one) as connection, pytest.raises(Conflict, match=r"law\.waits"):
        loading.propose(connection, one, changed(), "again.toml")


def test_who_may_not_propose_and_what_others_do_not_see(database: Database, person: Person) -> None:
    document = proposed(database, person("one"), changed())
    owner = person("owner", Role.OWNER_EDITOR)
    with database.use_case(owner) as connection:
        with pytest.raises(Forbidden):
            loading.propose(connection, owner, changed(new="2026-11-20"), "x.toml")
        with pytest.raises(NotFound):
            store.filed(connection, document)
    with database.use_case(ANONYMOUS) as connection, pytest.raises(NotFound):
        store.filed(connection, document)


def test_a_preview_counts_what_appears_and_moves(database: Database, person: Person) -> None:
    with database.use_case(SERVICE) as connection:
        make_city(connection)
        fields = {"form": "building", "venue": "hospital", "controller_type": "public_institution"}
        [made] = register(
            connection, [Draft(Kind.PUBLIC_BUILDING, "Hospital", Point(116.59, 35.41), fields=fields)]
        )
        code = connection.scalar(select(asset_table.c.code).where(asset_table.c.kind == "public_building"))
    assert made
    text = text_of("rulebooks/jining.toml").replace('force = "in_force"', 'force = "draft"', 1)
    document = previewed(database, person("one"), text.encode())
    with database.use_case(SERVICE) as connection:
        seen = store.filed(connection, document)[0].preview
    assert seen is not None
    assert seen["instrument"] == ["force"]
    [of_opening] = [one for one in seen["clauses"] if one["clause"] == "19"]
    assert (of_opening["way"], of_opening["appear"], of_opening["vanish"], of_opening["move"]) == (
        "same",
        0,
        0,
        1,
    )
    assert of_opening["examples"]["move"][0]["code"] == code
    with database.use_case(SERVICE) as connection:
        assert store.seen_codes(connection, [code, "none"]) == {code: "asset"}
        held = {
            "access_class": "P4",
            "withheld_reason": "a reason of weight",
            "withheld_review_on": date(2030, 1, 1),
        }
        connection.execute(update(asset_table).values(held))
    elsewhere = person("elsewhere", Role.REGULATOR, 999)
    with database.use_case(elsewhere) as connection:
        assert store.seen_codes(connection, [code]) == {}
    assert of_opening["examples"]["move"][0]["new"][0] == "draft"


def test_a_new_calendar_moves_a_running_clock_and_keeps_what_was_told(
    database: Database, person: Person
) -> None:
    with database.use_case(SERVICE) as connection:
        make_city(connection)
        register(
            connection,
            [Draft(Kind.PUBLIC_BUILDING, "Hall", Point(116.59, 35.41), fields={"form": "building"})],
        )
        asset = connection.scalar(select(asset_table.c.id))
        held = law(connection)
        assert held.procedures is not None
        deadline = next(
            one for item in held.procedures.items for one in item.deadlines
            if one.unit == "working_day" and one.rule_set.holds(date(2026, 9, 25))
        )  # fmt: skip
        from infra_registry.rules.clock import due

        told = due(deadline, date(2026, 9, 25), held.calendar)
        event = connection.scalar(
            insert(opening_event).values(code="E-1", asset_id=asset, act="offered", done_on=date(2026, 9, 25))
            .returning(opening_event.c.id)
        )  # fmt: skip
        connection.execute(
            insert(clock).values(
                opening_event_id=event, deadline=deadline.id, rule_set=deadline.rule_set.key,
                started_on=told.start, told_on=told.due_on, due_on=told.due_on, provisional=told.provisional,
                explanation={}, digest=told.digest,
            )
        )  # fmt: skip
    extra = (told.due_on).isoformat()
    notice = text_of("calendars/cn-2026.toml") + (
        f'\n[[off]]\nfrom = {extra}\nto = {extra}\nname = {{ zh = "临时放假", en = "extra day" }}\n'
    )
    document = previewed(database, person("one"), notice.encode(), "cn-2026.toml")
    two = person("two")
    with database.use_case(two) as connection:
        seen = store.filed(connection, document)[0].preview
        assert seen is not None
        assert [(one["code"], one["old"]) for one in seen["clocks"]] == [("E-1", extra)]
        loading.approve(connection, two, document)
    from infra_registry.duties.inforce import recounting

    with database.use_case(SERVICE) as connection:
        assert recounting.apply(connection, law(connection)) == 1
        row = connection.execute(select(clock.c.told_on, clock.c.due_on)).one()
    assert row.told_on == told.due_on
    assert row.due_on >= told.due_on + timedelta(days=1)
