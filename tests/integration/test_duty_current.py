"""Lists, counts and CSV of duties under the reader's own eyes."""

import csv as csv_module
import io
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text, update

from infra_registry.access import ANONYMOUS, SERVICE, Actor, Role, RoleGrant
from infra_registry.assets import ledger_store
from infra_registry.assets.kinds import Kind
from infra_registry.assets.tables import asset
from infra_registry.db import Database
from infra_registry.duties.judging import asking, current_store
from infra_registry.duties.judging.current_store import COUNTED, ORDERS, DutyFilter
from infra_registry.errors import Invalid, NotFound
from infra_registry.parties.tables import user_account
from infra_registry.rules.model import SubjectKind
from tests.integration.duty_register import Books, Town, add, book, clause, town, works
from tests.integration.rebuilding import rebuild

KINDS = (
    'when = { fact = "kind", in = ["public_building", "duct"] }\nkept_when = { fact = "opened", is = true }'
)
LAW = Books(
    (
        book(
            "one",
            clause("1", KINDS, effect="open"),
            clause("2", subject="project", addressee='["builder"]', tests=""),
            clause("3", subject="agreement", tests='kept_when = { not = { fact = "exclusive", is = true } }'),
        ),
    )
)


def per_clause(connection: Connection) -> dict[tuple[str, str], dict[str, int]]:
    """Subjects the reader sees by (rulebook, clause) and standing; the broken ones once more under ``broken``."""
    where, bound = current_store.condition(DutyFilter())
    sql = text(
        f"SELECT d.rulebook, d.clause, d.standing, count(*) AS n, count(*) FILTER (WHERE d.kept = 'broken') AS broken "
        f"{current_store.FROM} WHERE {where} GROUP BY 1, 2, 3"
    )
    found: dict[tuple[str, str], dict[str, int]] = {}
    for row in connection.execute(sql, bound):
        clause_counts = found.setdefault((row.rulebook, row.clause), {"broken": 0})
        clause_counts[row.standing] = row.n
        clause_counts["broken"] += row.broken
    return found


@pytest.fixture(scope="module")
def filled(module_database: Database) -> tuple[Database, Town, dict[str, Any]]:
    """A building anyone sees, a duct nobody sees exactly, an open duct whose name is hidden, works, an agreement."""
    with module_database.use_case(SERVICE) as connection:
        made = town(connection)
        codes: dict[str, Any] = {}
        who = made.parties
        hall: dict[str, Any] = {"controller_id": who["school"], "owner_id": who["keeper"]}
        key, codes["hall"] = add(connection, Kind.PUBLIC_BUILDING, **hall)
        _, codes["blurred"] = add(
            connection, Kind.DUCT, (50, 100), owner_id=who["one"], controller_id=who["one"]
        )
        _, codes["open_duct"] = add(connection, Kind.DUCT, (150, 130), owner_id=who["two"], access_class="P1")
        works(connection, made.areas["city"], builder_id=who["maker"])
        deal = {
            "code": "A-1",
            "asset_id": key,
            "grantor_id": who["keeper"],
            "grantee_id": who["one"],
            "basis": "copy",
        }
        ledger_store.add_agreements(connection, [{**deal, "deal_type": "exclusive_access"}])
        rebuild(connection, LAW)
        users = {
            name: connection.scalar(
                insert(user_account)
                .values(login=name, name=name, password_hash="-")
                .returning(user_account.c.id)
            )
            for name in ("seeker", "one", "regulator")
        }
    city = made.areas["city"]
    codes["actors"] = {
        "anonymous": ANONYMOUS,
        "seeker": Actor(users["seeker"], 0, "s", frozenset({RoleGrant(Role.SEEKER)})),
        "one": Actor(users["one"], who["one"], "o", frozenset({RoleGrant(Role.CARRIER_EDITOR)})),
        "regulator": Actor(users["regulator"], 0, "r", frozenset({RoleGrant(Role.REGULATOR, city)})),
        "service": SERVICE,
    }
    return module_database, made, codes


def codes_seen(filled: Any, who: str, **asked: Any) -> list[str]:
    database, _, codes = filled
    with database.use_case(codes["actors"][who]) as connection:
        page = current_store.listed(connection, DutyFilter(**asked))
        assert (
            page.total == len(page.rows) == len(list(current_store.stream(connection, DutyFilter(**asked))))
        )
    return sorted(row.code for row in page.rows)


def test_who_sees_which_duties(filled: Any) -> None:
    _, _, codes = filled
    open_to_all = sorted([codes["hall"], codes["open_duct"]])
    assert codes_seen(filled, "anonymous") == open_to_all
    assert codes_seen(filled, "seeker") == sorted([*open_to_all, "W-1"])
    assert codes_seen(filled, "one") == sorted([*open_to_all, codes["blurred"], "W-1", "A-1"])
    everything = sorted([*open_to_all, codes["blurred"], "W-1", "A-1"])
    assert codes_seen(filled, "regulator") == codes_seen(filled, "service") == everything


def test_names_and_parties_as_the_publication_table_says(filled: Any) -> None:
    """An exact place does not open the name: that of a duct is for its owner, its owner's for seekers."""
    database, _, codes = filled
    shown = {}
    for who, actor in codes["actors"].items():
        with database.use_case(actor) as connection:
            row = current_store.listed(connection, DutyFilter(code=codes["open_duct"])).rows[0]
            found = current_store.total(connection, DutyFilter(party="TWO"))
            named = current_store.total(connection, DutyFilter(words="duct 150"))
        shown[who] = (row.name is not None, row.party, found, named)
    assert shown == {
        "anonymous": (False, None, 0, 0),
        "seeker": (False, "TWO", 1, 0),
        "one": (False, None, 0, 0),
        "regulator": (True, "TWO", 1, 1),
        "service": (True, "TWO", 1, 1),
    }


def test_filters_and_counts(filled: Any) -> None:
    database, _, codes = filled
    with database.use_case(SERVICE) as connection:
        for asked, expected in (
            (DutyFilter(), 5),
            (DutyFilter(city="990100"), 5),
            (DutyFilter(city="990200"), 0),
            (DutyFilter(district="990102"), 1),
            (DutyFilter(book=["one"], clause="1"), 3),
            (DutyFilter(effect=["open"], kind=["duct"]), 2),
            (DutyFilter(kept=["broken"]), 1),
            (DutyFilter(standing=["draft", "exempt"]), 0),
            (DutyFilter(subject=["project", "agreement"]), 2),
            (DutyFilter(party="SCHOOL"), 2),
            (DutyFilter(party="MAKER"), 1),
            (DutyFilter(words=codes["hall"].lower()), 1),
            (DutyFilter(words="示例工程"), 1),
            (DutyFilter(words="100%_\\"), 0),
            (DutyFilter(words="a\0b", city="\0"), 0),
        ):
            assert current_store.total(connection, asked) == expected, asked
        for by in COUNTED:
            assert sum(current_store.counts(connection, DutyFilter(), by).values()) == 5
        assert current_store.counts(connection, DutyFilter(), "clause") == {"1": 3, "2": 1, "3": 1}
        assert per_clause(connection) == {
            ("one", "1"): {"binds": 3, "broken": 0},
            ("one", "2"): {"binds": 1, "broken": 0},
            ("one", "3"): {"binds": 1, "broken": 1},
        }
        assert current_store.counts(connection, DutyFilter(district="990102"), "kept") == {"not_shown": 1}
        with pytest.raises(Invalid):
            current_store.counts(connection, DutyFilter(), "name; DROP TABLE asset")
        with pytest.raises(Invalid):
            current_store.listed(connection, DutyFilter(), order="x")


def test_orders_and_pages(filled: Any) -> None:
    database, _, _ = filled
    with database.use_case(SERVICE) as connection:
        for order in ORDERS:
            whole = [row.id for row in current_store.listed(connection, DutyFilter(), order=order).rows]
            pages = [
                row.id
                for start in range(0, 6, 2)
                for row in current_store.listed(
                    connection, DutyFilter(), order=order, limit=2, offset=start
                ).rows
            ]
            assert whole == pages
            assert len(set(whole)) == 5
        assert current_store.listed(connection, DutyFilter(), order="standing").rows[0].kept == "broken"
        assert current_store.listed(connection, DutyFilter(), limit=0, offset=-5).total == 5


def test_csv_is_what_the_list_says(filled: Any) -> None:
    database, _, codes = filled
    with database.use_case(ANONYMOUS) as connection:
        content = "".join(current_store.csv(connection, DutyFilter()))
    rows = list(csv_module.DictReader(io.StringIO(content.removeprefix("\ufeff"))))
    assert [row["code"] for row in rows] == sorted(row["code"] for row in rows)  # not as they were stored
    assert {row["code"] for row in rows} == {codes["hall"], codes["open_duct"]}
    hall = next(row for row in rows if row["code"] == codes["hall"])
    assert (hall["standing"], hall["missing"], hall["party"], hall["city"]) == (
        "binds",
        "opened",
        "school 有限公司",
        "990100",
    )
    hidden = next(row for row in rows if row["code"] == codes["open_duct"])
    assert (hidden["name"], hidden["party"]) == ("", "")


def test_who_may_ask_about_a_subject(filled: Any) -> None:
    database, _, codes = filled
    asset_, project, agreement = SubjectKind.ASSET, SubjectKind.PROJECT, SubjectKind.AGREEMENT
    for who, kind, code, may in (
        ("anonymous", asset_, codes["hall"], True),
        ("anonymous", asset_, codes["blurred"], False),
        ("seeker", asset_, codes["blurred"], False),
        ("one", asset_, codes["blurred"], True),
        ("anonymous", project, "W-1", False),
        ("anonymous", agreement, "A-1", False),
        ("seeker", project, "W-1", True),
        ("seeker", agreement, "A-1", False),
        ("one", agreement, "A-1", True),
        ("service", agreement, "A-2", False),
        ("service", asset_, "\0", False),
    ):
        with database.use_case(codes["actors"][who]) as connection:
            if may:
                asking.require_seen(connection, kind, code)
                continue
            with pytest.raises(NotFound):
                asking.require_seen(connection, kind, code)


def test_a_withheld_asset_takes_its_duties_with_it(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        town(connection)
        key, _ = add(connection, Kind.PUBLIC_BUILDING)
        rebuild(connection, LAW)
    with database.use_case(ANONYMOUS) as connection:
        assert current_store.total(connection, DutyFilter()) == 1
    with database.use_case(SERVICE) as connection:
        values = {
            "access_class": "P4",
            "withheld_reason": "named by the owner",
            "withheld_review_on": "2027-01-01",
        }
        connection.execute(update(asset).where(asset.c.id == key).values(**values))
        assert connection.scalar(select(asset.c.access_class)) == "P4"
    with database.use_case(ANONYMOUS) as connection:
        assert current_store.total(connection, DutyFilter()) == 0
        assert per_clause(connection) == {}
        assert list(current_store.stream(connection, DutyFilter())) == []
