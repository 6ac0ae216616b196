"""The chain without a database: links, forks, anchors, and batches that no longer fit."""

from dataclasses import replace

from infra_registry.audit.chain import ORIGIN, Anchor, Batch, Seal, examine, link
from infra_registry.audit.sealing import CONTENT_COLUMNS
from infra_registry.audit.tables import audit_event

ONE = Batch(3, b"e" * 32, b"c" * 32)


def chain(length: int) -> list[Seal]:
    seals: list[Seal] = []
    previous = ORIGIN
    for seq in range(1, length + 1):
        seals.append(link(seq, (seq - 1) * 10, seq * 10, ONE, previous))
        previous = seals[-1].hash
    return seals


def codes(seals: list[Seal], *, anchor: Anchor | None = None, **changed: Batch) -> list[tuple[str, int]]:
    found = {seal.seq: ONE for seal in seals} | {int(k[1:]): v for k, v in changed.items()}
    return [(f.code.rsplit(".", 1)[1], f.seq) for f in examine(seals, found, anchor=anchor)]


def test_every_column_of_an_event_is_hashed() -> None:
    assert {*CONTENT_COLUMNS, "id", "txid"} == {column.name for column in audit_event.columns}


def test_untouched_chain_has_no_findings() -> None:
    seals = chain(4)
    assert codes(seals, anchor=Anchor(4, seals[-1].hash.hex())) == []
    assert codes(seals, anchor=Anchor(2, seals[1].hash.hex())) == []
    assert codes([], anchor=Anchor(0, "")) == []


def test_batches_name_what_happened_to_their_events() -> None:
    seals = chain(3)
    assert codes(seals, s2=replace(ONE, row_count=2, events=b"x" * 32)) == [("deleted", 2)]
    assert codes(seals, s2=replace(ONE, row_count=4, events=b"x" * 32)) == [("inserted", 2)]
    assert codes(seals, s2=replace(ONE, events=b"x" * 32)) == [("reordered", 2)]
    assert codes(seals, s2=replace(ONE, events=b"x" * 32, content=b"y" * 32)) == [("edited", 2)]


def test_every_field_of_a_seal_is_in_its_hash() -> None:
    seal = chain(1)[0]
    for changed in (
        replace(seal, seq=2),
        replace(seal, from_txid=1),
        replace(seal, below_txid=11),
        replace(seal, previous=b"p" * 32),
        replace(seal, batch=replace(ONE, row_count=4)),
        replace(seal, batch=replace(ONE, events=b"x" * 32)),
        replace(seal, batch=replace(ONE, content=b"x" * 32)),
    ):
        relinked = link(changed.seq, changed.from_txid, changed.below_txid, changed.batch, changed.previous)
        assert relinked.hash != seal.hash


def test_edited_and_missing_seals_and_forks_are_told_apart() -> None:
    seals = chain(4)
    assert codes([seals[0], seals[1], seals[3]]) == [("seal_missing", 4)]
    edited = replace(seals[1], batch=replace(ONE, row_count=9))
    assert ("seal_edited", 2) in codes([seals[0], edited, *seals[2:]])
    fork = link(5, seals[3].from_txid, 99, ONE, seals[2].hash)
    assert codes([*seals, fork]) == [("fork", 5)]


def test_anchor_finds_cut_tails_and_rewritten_chains() -> None:
    seals = chain(4)
    anchor = Anchor(4, seals[-1].hash.hex())
    assert codes(seals[:2]) == []
    assert codes(seals[:2], anchor=anchor) == [("tail_cut", 2)]
    assert codes([], anchor=anchor) == [("tail_cut", 0)]
    other = link(4, 30, 41, ONE, seals[2].hash)
    assert codes([*seals[:3], other], anchor=anchor) == [("rewritten", 4)]
