"""From the texts of the procedure files to rule sets with deadlines; wrong keys are told with file and line."""

from collections.abc import Mapping
from datetime import date

from infra_registry.rules.model import Mark, Text
from infra_registry.rules.node import Node, opened
from infra_registry.rules.procedures import (
    LONGEST,
    Counting,
    Deadline,
    End,
    Extension,
    Late,
    Open,
    Procedure,
    RuleSet,
    Unit,
    Vocabulary,
)

LATE_PER, LATE_CAP = "day", "fine"  # the one form of a late charge that can be put into words


def read_vocabulary(name: str, text: str) -> Vocabulary:
    """Read the vocabulary file. Raises Invalid ``law.faulty`` whose faults name file, line, key and value."""
    root = opened(name, text)
    counting = root.part("counting", _counting)
    if counting is None:
        root.source.wrong((), "counting", "law.missing", "[counting]")
    events, pauses, conditions = (_names(root, key) for key in ("event", "pause", "condition"))
    root.close()
    assert counting is not None
    return Vocabulary(counting, events, pauses, conditions, root.source.digest)


def read(name: str, text: str, vocabulary: Vocabulary) -> Procedure:
    """Read one rule set. Raises Invalid ``law.faulty`` whose faults name file, line, key and value."""
    root = opened(name, text)
    digest = root.source.digest
    rule_set = root.part("rule_set", _rule_set)
    if rule_set is None:
        root.source.wrong((), "rule_set", "law.missing", "[rule_set]")
    head = rule_set or RuleSet("", Text("", ""), Text("", ""), date.min, None, Mark.MEMORY, None, digest)
    deadlines = root.each("deadline", lambda node: _deadline(node, head, vocabulary))
    gaps = root.each(
        "open", lambda n: Open(n.string("id", needed=True), n.both("name"), n.both("reason"), head)
    )
    seen: set[str] = set()
    for table, ids in (
        ("deadline", [entry.id for entry in deadlines]),
        ("open", [entry.id for entry in gaps]),
    ):
        for i, entry in enumerate(ids):
            if entry in seen:
                root.source.wrong((table, i, "id"), entry, "law.twice", "")
            seen.add(entry)
    root.close()
    return Procedure(head, deadlines, gaps)


def _names(root: Node, key: str) -> dict[str, Text]:
    names: dict[str, Text] = {}

    def one(node: Node) -> None:
        name = node.string("key", needed=True)
        if name in names:
            node.wrong("key", name, "law.twice")
        names[name] = node.both("name")

    root.each(key, one)
    return names


def _counting(node: Node) -> Counting:
    return Counting(node.one_of("end", End), node.both("basis"), node.one_of("mark", Mark))


def _rule_set(node: Node) -> RuleSet:
    rule_set = RuleSet(
        key=node.string("key", needed=True),
        name=node.both("name"),
        instrument=node.both("instrument"),
        valid_from=node.day("valid_from", needed=True) or date.min,
        valid_to=node.day("valid_to"),
        mark=node.one_of("mark", Mark),
        note=node.words("note"),
        digest=node.source.digest,
    )
    if rule_set.valid_to and rule_set.valid_to < rule_set.valid_from:
        node.wrong("valid_to", rule_set.valid_to, "law.wrong_type", f"≥ {rule_set.valid_from}")
    return rule_set


def _deadline(node: Node, rule_set: RuleSet, vocabulary: Vocabulary) -> Deadline:
    event = _reference(node, "from", vocabulary.events, needed=True)
    condition = _reference(node, "condition", vocabulary.conditions)
    pauses = node.strings("pauses", vocabulary.pauses)
    mark = node.one_of("mark", Mark)
    unit = node.one_of("unit", Unit)
    own = node.one_of("end", End) if "end" in node.values else None
    return Deadline(
        id=node.string("id", needed=True),
        name=node.both("name"),
        event=event,
        event_name=vocabulary.events.get(event, Text("", "")),
        n=_length(node, needed=True) or 1,
        unit=unit,
        end=own or vocabulary.counting.end,
        end_basis=node.both("end_basis") if own else vocabulary.counting.basis,
        end_mark=node.one_of("end_mark", Mark) if own else vocabulary.counting.mark,
        basis=node.both("basis"),
        mark=mark,
        rule_set=rule_set,
        counting=vocabulary.counting,
        extensions=node.each("extension", lambda inner: _extension(inner, unit, mark)),
        pauses={key: vocabulary.pauses[key] for key in pauses if key in vocabulary.pauses},
        condition=condition,
        condition_name=vocabulary.conditions.get(condition),
        late=node.part("late", _late),
        note=node.words("note"),
    )


def _length(node: Node, *, needed: bool = False) -> int | None:
    n = node.number("n", needed=needed)
    if n is not None and not 1 <= n <= LONGEST:
        node.wrong("n", n, "law.wrong_type", f"1 … {LONGEST}")
        return 1
    return n


def _reference(node: Node, key: str, allowed: Mapping[str, Text], *, needed: bool = False) -> str:
    name = node.string(key, needed=needed)
    if name and name not in allowed:
        node.wrong(key, name, "law.unknown_reference", " | ".join(sorted(allowed)))
    return name


def _extension(node: Node, unit: Unit, mark: Mark) -> Extension:
    return Extension(
        key=node.string("key", needed=True),
        name=node.both("name"),
        n=_length(node),
        unit=node.one_of("unit", Unit, default=unit),
        needs=node.words("needs"),
        mark=node.one_of("mark", Mark, default=mark),
    )


def _late(node: Node) -> Late:
    late = Late(
        node.number("rate_percent", needed=True) or 0,
        node.string("per", needed=True),
        node.string("cap", needed=True),
        node.both("basis"),
        node.one_of("mark", Mark),
    )
    for key, value, choices in (("per", late.per, LATE_PER), ("cap", late.cap, LATE_CAP)):
        if value and value != choices:
            node.wrong(key, value, "law.unknown_value", choices)
    if late.rate_percent < 0:
        node.wrong("rate_percent", late.rate_percent, "law.wrong_type", "≥ 0")
    return late
