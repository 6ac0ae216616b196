"""Public codes: a letter for each thing, one maker, and typed codes read in one way."""

from pathlib import Path

import pytest

from infra_registry import codes
from infra_registry.assets.kinds import Kind


def test_no_two_things_share_a_letter() -> None:
    letters = [series.letter for series in codes.SERIES.values()]
    assert len(set(letters)) == len(letters)


def test_letters_of_things_that_had_another_were_free_before() -> None:
    kept = {series.letter for thing, series in codes.SERIES.items() if thing not in codes.FORMER}
    assert not kept & {codes.SERIES[thing].letter for thing in codes.FORMER}
    assert (codes.SERIES["case"].letter, codes.SERIES["letter"].letter) == ("R", "L")


def test_every_kind_of_asset_has_codes() -> None:
    assert set(Kind) <= set(codes.SERIES)


@pytest.mark.parametrize("thing", codes.SERIES)
def test_new_codes_are_random_and_read_back(thing: str) -> None:
    made = {codes.new(thing) for _ in range(50)}
    assert len(made) == 50
    for code in made:
        assert code.startswith(codes.SERIES[thing].letter + "-")
        assert codes.read(thing, f"  {code.lower()} ") == code
        assert codes.read(thing, code.replace("-", "")) == code


@pytest.mark.parametrize("typed", ["l-7k2m9qxd", "L 7K2M 9QXD", "7k2m9qxd", "Ｌ－７Ｋ２Ｍ９ＱＸＤ"])
def test_numbers_of_letters_are_read_as_people_type_them(typed: str) -> None:
    assert codes.read("letter", typed) == "L-7K2M9QXD"


def test_other_text_is_left_as_it_was() -> None:
    assert codes.read("letter", "x" * 100) == "x" * 40
    assert codes.read("case", "") == ""


def test_a_code_may_have_been_that_of_several_things() -> None:
    assert codes.formerly("J-7K2M9Q4XRT") == ["works", "job"]
    assert codes.formerly(" n-7k2m9qxd ") == ["campaign"]
    assert codes.formerly("R-7K2M9Q4XRT") == ["room"]
    for other in ("R-7K2M-9QXD", "T-7K2M9Q4XRT", "L-7K2M9QXD", "", "-", "J-", "J-7K2M9Q4XRU"):
        assert codes.formerly(other) == []


def test_codes_are_made_in_one_place() -> None:
    package = Path(codes.__file__).parent
    makers = [
        path.relative_to(package.parent).as_posix()
        for top in (package, package.parent / "web")
        for path in top.rglob("*.py")
        if "secrets.choice" in (source := path.read_text("utf-8")) or codes.ALPHABET in source
    ]
    assert makers == ["infra_registry/codes.py"]


def test_a_number_that_begins_with_its_own_letter_is_read_without_the_letter() -> None:
    assert codes.read("case", "r2k2-9qxd") == codes.read("case", "R-R2K2-9QXD") == "R-R2K2-9QXD"
