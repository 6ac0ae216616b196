"""Five places in five cities: each city answers as its own text says, and no two cities answer alike."""

import pytest

from tests.unit.five_buildings import answers, lines, short, table

CITIES = [city["key"] for city in table()["city"]]
NOT_HELD = {"chengdu": ["chengdu/6-25"], "jilin": ["jilin/34"]}


@pytest.mark.parametrize("city", CITIES)
def test_each_city_answers_by_its_own_text(city: str) -> None:
    expected = [place[city] for place in table()["building"]]
    assert [short(answer) for answer in answers()[city]] == expected


@pytest.mark.parametrize("city", CITIES)
def test_what_is_not_held_is_said_of_every_place(city: str) -> None:
    for answer in answers()[city]:
        held = [f"{book.key}/{part.articles}" for book, part in answer.not_held]
        assert held == NOT_HELD.get(city, [])


def test_no_two_cities_answer_alike() -> None:
    columns = {
        tuple(
            (tuple(short(answer)), tuple(part.articles for _, part in answer.not_held)) for answer in column
        )
        for column in answers().values()
    }
    assert len(columns) == len(CITIES)


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_the_table_reads_in_both_languages(locale: str) -> None:
    read = lines(locale)
    assert len(read) == 2 + len(table()["building"])
    assert all(row.count(" | ") == len(CITIES) for row in read)
