"""Numbers, secrets, keys and sealed drafts."""

import re
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from infra_registry import codes
from infra_registry.cases import drafts, intake, keys
from infra_registry.cases.keys import Keys
from infra_registry.cases.receipt import (
    hash_secret,
    matches,
    read_secret,
    secret_from,
)
from infra_registry.config import Settings
from infra_registry.errors import RegistryError

MINE = Keys(b"k" * 40)
TODAY = date(2026, 11, 22)


def test_numbers_are_random_and_readable() -> None:
    numbers = {codes.new("case") for _ in range(200)}
    assert len(numbers) == 200
    assert all(re.fullmatch(r"R-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", number) for number in numbers)


def test_secrets_have_a_hundred_bits() -> None:
    secrets = {secret_from(MINE.mark("receipt", str(n))) for n in range(500)}
    assert len(secrets) == 500
    assert all(len(secret.replace("-", "")) * 5 == 100 for secret in secrets)
    letters = [{secret[place] for secret in secrets} for place in range(24) if place % 5 != 4]
    assert all(len(seen) == 32 for seen in letters)  # no place of the secret is fixed or narrow


@pytest.mark.parametrize(
    "typed",
    ["r-7k2m-9qxd", "R7K2M9QXD", " r 7k2m 9qxd ", "Ｒ－７Ｋ２Ｍ－９ＱＸＤ", "R-7K2M—9QXD"],
)
def test_numbers_are_read_as_people_type_them(typed: str) -> None:
    assert codes.read("case", typed) == "R-7K2M-9QXD"


def test_letters_that_look_alike_count_as_one() -> None:
    assert read_secret("oil0-1111") == read_secret("0110-1111")


def test_hash_matches_its_secret_alone() -> None:
    secret = secret_from(MINE.mark("receipt", "a"))
    kept = hash_secret(secret)
    assert kept.startswith("$argon2id$")
    assert hash_secret(secret) != kept  # each hash has its own salt
    assert matches(secret.lower().replace("-", " "), kept)
    assert not matches(secret_from(MINE.mark("receipt", "b")), kept)
    for nothing in (None, "", "not a hash"):
        assert not matches(secret, nothing)


def test_unknown_numbers_take_as_long_as_wrong_secrets() -> None:
    kept = hash_secret("A" * 20)
    matches("B" * 20, None)

    def seconds(hashed: str | None) -> float:
        started = time.perf_counter()
        matches("B" * 20, hashed)
        return time.perf_counter() - started

    wrong = sorted(seconds(kept) for _ in range(7))[3]
    unknown = sorted(seconds(None) for _ in range(7))[3]
    assert 0.5 < unknown / wrong < 2


def test_a_sealed_text_opens_only_where_it_belongs() -> None:
    key = keys.new_key()
    sealed = keys.seal(key, {"story": "故事"}, bound_to="story:R-1")
    assert keys.unseal(key, sealed, bound_to="story:R-1") == {"story": "故事"}
    assert "故事".encode() not in sealed
    for wrong_key, wrong_place, wrong_text in (
        (keys.new_key(), "story:R-1", sealed),
        (key, "story:R-2", sealed),
        (key, "identity:R-1", sealed),
        (key, "story:R-1", sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (key, "story:R-1", b""),
    ):
        with pytest.raises(RegistryError, match=r"cases\.key_wrong"):
            keys.unseal(wrong_key, wrong_text, bound_to=wrong_place)


def test_sealed_texts_of_like_length_look_alike() -> None:
    key = keys.new_key()
    assert len(keys.seal(key, {"a": "x"}, bound_to="b")) == len(
        keys.seal(key, {"a": "x" * 400}, bound_to="b")
    )


def test_a_wrapped_key_needs_the_same_operator_and_number() -> None:
    key = keys.new_key()
    wrapped = MINE.wrap("R-1", key)
    assert MINE.unwrap("R-1", wrapped) == key
    for operator, number in ((Keys(b"o" * 40), "R-1"), (MINE, "R-2")):
        with pytest.raises(RegistryError, match=r"cases\.key_wrong"):
            operator.unwrap(number, wrapped)
    with pytest.raises(RegistryError, match=r"cases\.erased"):
        MINE.unwrap("R-1", None)


def test_development_key_is_made_once_and_private(tmp_path: Path) -> None:
    first = keys.load(Settings(var_dir=tmp_path))
    assert keys.load(Settings(var_dir=tmp_path)).master == first.master
    assert (tmp_path / "keys" / "case.key").stat().st_mode & 0o777 == 0o600


def test_production_needs_its_key(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"config\.key_required"):
        keys.load(Settings(var_dir=tmp_path, profile="production"))
    assert not (tmp_path / "keys").exists()


def test_drafts_come_back_whole_and_only_here() -> None:
    draft = drafts.Draft().with_answers({"story": "秘密", "carriers": ["P-1"]})
    text = drafts.close(MINE, draft)
    assert drafts.reopen(MINE, text) == draft
    for odd in ("", "x", text[:-8], text + "é", drafts.close(Keys(b"o" * 40), draft), "A" * 100_000):
        with pytest.raises(RegistryError, match=r"report\.draft_lost"):
            drafts.reopen(MINE, odd)
    old = replace(draft, began=int(time.time()) - drafts.LIFE_S - 5)
    with pytest.raises(RegistryError, match=r"report\.draft_lost"):
        drafts.reopen(MINE, drafts.close(MINE, old))


RIGHT = {
    "reason": "exclusive_agreement", "place": "Riverside", "district": "other", "other_carrier": "X",
    "story": "They let nobody else in.", "lasting": "ongoing", "elsewhere": "no", "named": "confidential",
    "capacity": "resident",
}  # fmt: skip


def first_wrong_step(answers: dict[str, str]) -> str | None:
    return next((step for step in intake.STEPS[:-1] if intake.faults(step, answers, today=TODAY)), None)


def test_a_right_report_has_no_faults() -> None:
    assert first_wrong_step(RIGHT) is None


@pytest.mark.parametrize(
    ("change", "step", "field"),
    [
        ({"reason": "x"}, "what", "reason"),
        ({"reason": ""}, "what", "reason"),
        ({"place": ""}, "where", "place"),
        ({"place": "x" * 301}, "where", "place"),
        ({"district": ""}, "where", "district"),
        ({"lat": "35.4"}, "where", "lon"),
        ({"lat": "95", "lon": "116"}, "where", "lat"),
        ({"lat": "nan", "lon": "116"}, "where", "lat"),
        ({"lat": "35", "lon": "1e2"}, "where", "lon"),
        ({"other_carrier": ""}, "against", "carriers"),
        ({"developer": "x" * 201}, "against", "developer"),
        ({"story": ""}, "said", "story"),
        ({"story": "short"}, "said", "story"),
        ({"story": "x" * 5001}, "said", "story"),
        ({"since_year": "2026", "since_month": "13"}, "said", "since_year"),
        ({"since_year": "二〇"}, "said", "since_year"),
        ({"since_year": "2026", "since_month": "12"}, "said", "since_year"),
        ({"since_year": "2026", "lasting": "ended", "until_year": "2025"}, "said", "until_year"),
        ({"elsewhere": "yes"}, "said", "elsewhere_where"),
        ({"named": "anonymous", "contact": "me@example.org"}, "who", "contact"),
        ({"named": "named"}, "who", "name"),
        ({"capacity": "king"}, "who", "capacity"),
    ],
)
def test_every_wrong_answer_is_named_at_its_field(change: dict[str, str], step: str, field: str) -> None:
    answers = {**RIGHT, **change}
    assert first_wrong_step(answers) == step
    assert field in {fault.field for fault in intake.faults(step, answers, today=TODAY)}


def test_answers_are_cleaned_when_read() -> None:
    read = intake.read("said", {"story": [" a\r\nb\x07c "], "since_year": ["20\n26"], "unknown": ["x"]})
    assert read["story"] == "a\nb c"
    assert read["since_year"] == "20 26"
    assert "unknown" not in read
