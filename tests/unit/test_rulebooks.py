"""What is wrong in a rulebook is told with file, line, key, value and what would be right."""

from pathlib import Path

import pytest

from infra_registry.duties.inforce import checking
from infra_registry.errors import Invalid
from infra_registry.resources import DATA
from infra_registry.rules.comparison import compare, read_topics
from infra_registry.rules.model import Check, Rulebook
from infra_registry.rules.reading import read

TOPICS = frozenset({"opening"})
GOOD = """[instrument]
key = "town"
title = { zh = "某市条例", en = "Town Regulation" }
short = { zh = "某条例", en = "Town" }
kind = "local_regulation"
force = "in_force"
areas = ["999900"]
in_force_from = 2020-01-01
last_checked = 2026-01-01
mark = "V"

[[authority]]
key = "city"
in_text = { zh = "市政府", en = "city" }

[[clause]]
key = "1"
article = "1"
modality = "shall"
title = { zh = "开放", en = "Opening" }
statement = { zh = "应当开放。", en = "It opens." }
subject = "asset"
addressee = ["owner"]
when = { fact = "kind", is = "public_building" }
kept_when = { fact = "opened", is = true }
authority = "city"

[[clause.condition]]
key = "safety"
text = { zh = "安全", en = "safe" }
test = { fact = "safety", is = true }

[[clause.place]]
topic = "opening"
"""


def refused(text: str) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as found:
        read("town.toml", text, TOPICS)
    return [(fault.field, fault.code) for fault in found.value.faults]


def test_a_good_file_is_read() -> None:
    book = read("town.toml", GOOD, TOPICS)
    assert book.key == "town"
    assert book.clause("1").when == Check("is", fact="kind", values=("public_building",))
    assert book.digest == read("other.toml", GOOD, TOPICS).digest
    assert book.digest != read("town.toml", GOOD + "\n", TOPICS).digest


@pytest.mark.parametrize(
    ("old", "new", "place", "code"),
    [
        ('modality = "shall"', 'modality = "must"', "town.toml:19 clause.1.modality", "law.unknown_value"),
        ('modality = "shall"', 'modalitie = "shall"', "town.toml:19 clause.1.modalitie", "law.unknown_key"),
        ('article = "1"', "article = 1", "town.toml:18 clause.1.article", "law.wrong_type"),
        ('authority = "city"', 'authority = "state"', "town.toml:26 clause.1.authority", "law.unknown_reference"),
        ('["owner"]', '["landlord"]', "town.toml:23 clause.1.addressee", "law.unknown_reference"),
        ('topic = "opening"', 'topic = "closing"', "town.toml:34 clause.1.place.1.topic", "law.unknown_reference"),
        ('fact = "safety"', 'fact = "comfort"', "town.toml:31 clause.1.condition.1.test.fact", "law.unknown_reference"),
        ('is = "public_building"', 'is = "palace"', "town.toml:24 clause.1.when.is", "law.unknown_value"),
        ('fact = "opened", is = true', 'fact = "opened", is = "yes"', "town.toml:25 clause.1.kept_when.is",
         "law.wrong_type"),
        ('fact = "opened", is = true', 'fact = "built_on", is = 2020-01-01', "town.toml:25 clause.1.kept_when.is",
         "law.wrong_type"),
        ('fact = "opened", is = true', 'fact = "opened", has = [true]', "town.toml:25 clause.1.kept_when.has",
         "law.wrong_type"),
        ('fact = "opened", is = true', 'fact = "in_town", is = true', "", ""),
        ('en = "It opens." }', 'en = "It opens.", fr = "x" }', "town.toml:21 clause.1.statement.fr", "law.unknown_key"),
        ('in_force_from = 2020-01-01', 'in_force_from = 2020-01-01T00:00:00', "town.toml:8 instrument.in_force_from",
         "law.wrong_type"),
        ('in_force_from = 2020-01-01\n', "", "town.toml:1 instrument", "law.missing"),
        ('areas = ["999900"]', "areas = []", "town.toml:1 instrument", "law.missing"),
        ('authority = "city"', 'judged_since = "kind"', "town.toml:26 clause.1.judged_since", "law.unknown_reference"),
        ('subject = "asset"\n', "", "town.toml:23 clause.1.when", "law.no_subject"),
        ('subject = "asset"', 'subject = "agreement"', "town.toml:22 clause.1.subject", "law.fact_of_other"),
    ],
)  # fmt: skip
def test_a_fault_is_told_by_its_line_and_key(old: str, new: str, place: str, code: str) -> None:
    assert old in GOOD
    changed = GOOD.replace(old, new)
    if not place:
        assert read("town.toml", changed, TOPICS).key == "town"
        return
    assert (place, code) in refused(changed)


def test_every_fault_of_a_file_is_told_at_once() -> None:
    found = refused(
        GOOD.replace('modality = "shall"', 'modality = "must"').replace('is = "public_building"', 'is = "x"')
    )
    assert [code for _, code in found] == ["law.unknown_value", "law.unknown_value"]


def test_a_clause_stands_once_and_a_fine_has_numbers() -> None:
    clause = GOOD[GOOD.index("[[clause]]") :]
    [(place, code)] = refused(GOOD + clause)
    assert place.endswith("clause.2.key")
    assert code == "law.twice"
    for wrong in ("[1]", '["a", "b"]', "[1.5, 2]"):
        fine = f"\n[clause.consequence]\n[[clause.consequence.fines]]\ntimes_gain = {wrong}\n"
        assert "law.wrong_type" in [code for _, code in refused(GOOD + fine)]


@pytest.mark.parametrize(
    "text", ["", "x = 1", "[instrument]", "[[clause]]\n", "clause = 3", "instrument = []", "a = 'b"]
)
def test_any_text_is_refused_in_words_never_by_a_crash(text: str) -> None:
    assert refused(text)


def test_a_topic_stands_once() -> None:
    one = '[[topic]]\nkey = "a"\nname = { zh = "甲", en = "A" }\n'
    assert [topic.key for topic in read_topics("topics.toml", one)] == ["a"]
    with pytest.raises(Invalid):
        read_topics("topics.toml", one + one)


def test_a_book_without_a_place_has_no_column_and_silence_is_a_cell_without_entries() -> None:
    def book(text: str) -> Rulebook:
        return read("town.toml", text, TOPICS)

    topics = read_topics(
        "topics.toml",
        '[[topic]]\nkey = "opening"\nname = { zh = "开放", en = "O" }\n'
        '[[topic]]\nkey = "x"\nname = { zh = "无", en = "X" }\n',
    )
    placed = compare([book(GOOD), book(GOOD.replace('["999900"]', '["*"]'))], topics)
    assert [one.key for one in placed.books] == ["town"]
    assert [row.cells[0].silent for row in placed.rows] == [False, True]
    assert placed.rows[0].cells[0].articles == ("1",)
    assert compare([book(GOOD[: GOOD.index("[[clause.place]]")])], topics).books == ()


def test_a_check_of_files_tells_a_row_that_went(tmp_path: Path) -> None:
    for name in ("rulebooks", "procedures", "calendars"):
        (tmp_path / name).mkdir()
    jining = (DATA / "rulebooks" / "jining.toml").read_text("utf-8")
    (tmp_path / "rulebooks" / "jining.toml").write_text(
        jining.replace('rows = ["T2.3 JN-15"]', 'rows = ["T9.9 X-1"]')
    )
    (tmp_path / "rulebooks" / "town.toml").write_text("[instrument]\n")
    found = checking.check(tmp_path)
    assert not found.whole
    assert "T2.3 JN-15" in found.missing
    assert ("T9.9 X-1", "jining") in found.unknown
    assert any(fault.field.startswith("rulebooks/town.toml:1") for fault in found.faults)
