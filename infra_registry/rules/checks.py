"""The checks of a rulebook read from its tables: which facts are asked about, in which way, for which values."""

from infra_registry.rules.facts import FACTS, FactSpec, FactType
from infra_registry.rules.model import Check
from infra_registry.rules.node import Node

# How a fact of each type may be asked about; days are only compared, by judged_since.
OPS = {
    FactType.BOOLEAN: ("is",),
    FactType.CHOICE: ("is", "in"),
    FactType.CHOICES: ("has",),
    FactType.NUMBER: ("is", "in", "at_least"),
    FactType.DATE: (),
}
PLAIN = {FactType.BOOLEAN: bool, FactType.NUMBER: int}


def check(node: Node) -> Check:
    """A question about facts, or several tied together; every wrong fact, way or value is told."""
    for op in ("all", "any"):
        if op in node.values:
            return Check(op, node.each(op, check))
    if "not" in node.values:
        part = node.part("not", check)
        return Check("not", (part or Check("all"),))
    return _question(node)


def _question(node: Node) -> Check:
    name = node.string("fact", needed=True)
    spec = FACTS.get(name)
    if name and spec is None:
        node.wrong("fact", name, "law.unknown_reference", " | ".join(sorted(FACTS)))
    if "in" in node.values:
        check = _listed(node, "in", name)
    elif "at_least" in node.values:
        check = Check("at_least", fact=name, values=(node.number("at_least"),))
    elif "has" in node.values:
        check = _listed(node, "has", name)
    else:
        check = Check("is", fact=name, values=(node.take("is", object, "true | …", needed=True),))
    if spec is not None:
        _fits(node, check, spec)
    return check


def _listed(node: Node, op: str, fact: str) -> Check:
    listed = tuple(node.take(op, list, '["…"]') or ())
    never = tuple(node.take("never", list, '["…"]') or ())
    return Check(op, fact=fact, values=listed, open=node.flag("open"), never=never)


def _fits(node: Node, test: Check, spec: FactSpec) -> None:
    """A fact can only be asked in the way of its type, about values it can have."""
    if test.op not in OPS[spec.type]:
        node.wrong(test.op, spec.name, "law.wrong_type", " | ".join(OPS[spec.type]) or "judged_since")
        return
    for value in (*test.values, *test.never):
        if spec.choices and value not in spec.choices:
            node.wrong(test.op, value, "law.unknown_value", " | ".join(spec.choices))
        elif not spec.choices and type(value) is not PLAIN[spec.type]:
            expected = "true | false" if spec.type is FactType.BOOLEAN else "whole number"
            node.wrong(test.op, value, "law.wrong_type", expected)


def facts_in(test: Check) -> frozenset[str]:
    """The names of all facts a test asks about."""
    if test.fact:
        return frozenset({test.fact})
    return frozenset(name for part in test.parts for name in facts_in(part))
