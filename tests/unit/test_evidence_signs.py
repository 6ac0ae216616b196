"""Signs of evidence: the weightiest word is drawn, no two signs differ by colour alone, the fainter the less sure."""

import base64
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from infra_registry import words
from infra_registry.coverage.evidence import fusion
from infra_registry.coverage.evidence.fusion import CONFIDENCES
from infra_registry.coverage.evidence_map import symbols
from infra_registry.coverage.evidence_map.symbols import KINDS
from tests.unit.silent_sources import silent
from tests.unit.test_class_tiles import pixels

HERE = np.ones((1, 1), bool)
NOT = np.zeros((1, 1), bool)


def drawn(**told: object) -> tuple[str, str, bool]:
    """Kind, confidence and hatching of a cell of which this is said."""
    given = {
        name: np.full((1, 1), value, np.int32) if name in ("good", "bad") else np.full((1, 1), value)
        for name, value in told.items()
    }
    found = fusion.combine(replace(silent((1, 1)), **given), many=3)  # type: ignore[arg-type]
    code = int(symbols.codes(found, HERE)[0, 0]) - 1
    kind, confidence = divmod(code // 2, len(CONFIDENCES))
    return KINDS[kind], CONFIDENCES[confidence], bool(code % 2)


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ({"predicted": True}, ("predicted", "low", False)),
        ({"claimed": True}, ("claimed", "low", False)),
        ({"predicted": True, "claimed": True}, ("both", "medium", False)),
        ({"predicted": False, "claimed": True}, ("claimed", "low", True)),
        ({"predicted": False, "claimed": False}, ("none", "medium", False)),
        ({"predicted": True, "claimed": True, "good": 3}, ("measured_good", "high", False)),
        ({"claimed": True, "bad": 4}, ("measured_bad", "low", True)),
        ({"claimed": True, "good": 1, "bad": 2}, ("measured_bad", "low", True)),
        ({"claimed": True, "good": 5, "challenged": True}, ("challenged", "low", True)),
        ({"claimed": True, "conceded": True}, ("conceded", "medium", False)),
        ({"claimed": True, "conceded": True, "absent": True}, ("verified_absent", "high", False)),
        ({"claimed": True, "present": True}, ("verified_present", "high", False)),
    ],
)
def test_the_weightiest_word_is_drawn(told: dict[str, object], wanted: tuple[str, str, bool]) -> None:
    assert drawn(**told) == wanted


def test_nothing_is_drawn_outside_the_area() -> None:
    found = fusion.combine(silent((1, 1)), many=3)
    assert symbols.codes(found, NOT)[0, 0] == 0
    assert not pixels(symbols.painted(np.zeros((256, 256), np.uint8))).any()


def test_no_two_signs_differ_by_colour_alone() -> None:
    patterns = symbols.patterns()
    for one, other in combinations(range(len(KINDS)), 2):
        assert (patterns[one] != patterns[other]).any(), (KINDS[one], KINDS[other])
    assert patterns[1:].any(axis=(1, 2)).all()


def test_the_less_sure_is_fainter_and_disagreement_is_hatched() -> None:
    for kind in KINDS:
        clearness = []
        for confidence in CONFIDENCES:
            code = 1 + 2 * (KINDS.index(kind) * len(CONFIDENCES) + CONFIDENCES.index(confidence))
            plain = pixels(symbols.painted(np.full((256, 256), code, np.uint8)))
            fill = np.bincount(plain.ravel()).argmax()
            clearness.append(symbols.palette()[fill][3])
            hatched = pixels(symbols.painted(np.full((256, 256), code + 1, np.uint8)))
            assert (plain != hatched).mean() > 0.1
            assert (hatched[:16] == hatched[16:32]).all()  # runs on from tile to tile
        assert clearness == sorted(set(clearness))


def test_every_sign_has_a_swatch_and_words() -> None:
    swatches = {kind: symbols.swatch(kind) for kind in KINDS}
    assert len(set(swatches.values())) == len(KINDS)
    for kind, address in swatches.items():
        assert base64.b64decode(address.partition(",")[2]).startswith(b"\x89PNG")
        assert words.has(f"evidence_map.kind.{kind}")
