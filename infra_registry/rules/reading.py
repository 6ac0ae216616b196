"""From the text of a rulebook file to a ``Rulebook``; every wrong key, type or reference is told with file and line."""

from datetime import date
from typing import Any

from infra_registry.rules.checks import check, facts_in
from infra_registry.rules.facts import EVIDENCE, FACTS, FactType
from infra_registry.rules.model import (
    Action,
    Authority,
    Check,
    Clause,
    Condition,
    Consequence,
    Effect,
    Fine,
    Force,
    Instrument,
    InstrumentKind,
    Mark,
    Modality,
    Name,
    NotHeld,
    NotModelled,
    Rulebook,
    SubjectKind,
    TopicPlace,
    Zone,
)
from infra_registry.rules.node import Node, Source, opened

ADDRESSEES = frozenset(
    {
        "government", "county_government", "department", "zone_committee", "controller", "owner", "manager", "operator",
        "telecom_operator", "internet_operator", "broadcast_operator", "infrastructure_operator", "builder",
        "line_builder", "wifi_builder", "network_builder", "developer", "property_firm", "owners_committee",
        "public_body", "official", "anyone", "other",
    }
)  # fmt: skip
ORDERS = frozenset(
    {"stop", "correct", "criticise", "discipline", "confiscate", "compensate", "warn", "stop_business"}
)
OPENS_FOR = frozenset({"communication_network", "duct", "line", "base_station", "infrastructure", "sharing"})
ZONE_MODES = frozenset({"own", "direct", "reference"})
EVERYWHERE = "*"


def read(name: str, text: str, topics: frozenset[str]) -> Rulebook:
    """Read a rulebook file. ``topics``: the keys a clause may stand under in the comparison.

    Raises Invalid ``law.faulty`` whose faults name file, line, key, value and what would be right.
    """
    root = opened(name, text)
    instrument = root.part("instrument", _instrument)
    authorities = {item.key: item for item in root.each("authority", _authority)}
    clauses = root.each("clause", lambda node: _clause(node, authorities, topics))
    zones = root.each("zone", _zone)
    left_out = root.each(
        "not_modelled", lambda n: NotModelled(n.string("row", needed=True), n.both("reason"))
    )
    not_held = root.each("not_held", lambda n: NotHeld(n.string("articles", needed=True), n.both("reason")))
    if instrument is None:
        root.source.wrong((), "instrument", "law.missing", "[instrument]")
    _unique(root.source, clauses)
    root.close()
    assert instrument is not None
    return Rulebook(instrument, clauses, authorities, zones, left_out, not_held, root.source.digest)


def _instrument(node: Node) -> Instrument:
    force = node.one_of("force", Force)
    instrument = Instrument(
        key=node.string("key", needed=True),
        title=node.both("title"),
        short=node.both("short"),
        kind=node.one_of("kind", InstrumentKind),
        force=force,
        areas=node.strings("areas"),
        in_force_from=node.day("in_force_from", needed=force is Force.IN_FORCE),
        in_force_until=node.day("in_force_until"),
        last_checked=node.day("last_checked", needed=True) or date.min,
        mark=node.one_of("mark", Mark),
        number=node.string("number"),
        note=node.words("note"),
        shown_from=node.day("shown_from"),
    )
    if not instrument.areas:
        node.source.wrong(node.path, "areas", "law.missing", f'areas = ["{EVERYWHERE}"]')
    return instrument


def _authority(node: Node) -> Authority:
    return Authority(
        node.string("key", needed=True),
        node.string("level"),
        node.both("in_text"),
        node.each("successor", _name),
    )


def _name(node: Node) -> Name:
    return Name(node.both("name"), node.day("since"), node.flag("verified"), node.string("basis"))


def _zone(node: Node) -> Zone:
    zone = Zone(
        node.string("code"), node.both("name"), node.string("mode", needed=True), node.string("article")
    )
    if zone.mode not in ZONE_MODES:
        node.wrong("mode", zone.mode, "law.unknown_value", " | ".join(sorted(ZONE_MODES)))
    return zone


def _clause(node: Node, authorities: dict[str, Authority], topics: frozenset[str]) -> Clause:
    authority_keys = frozenset(authorities)
    article = node.string("article", needed=True)
    subject = (
        node.one_of("subject", SubjectKind, default=SubjectKind.PARTY) if "subject" in node.values else None
    )
    clause = Clause(
        key=node.string("key", needed=True),
        article=article,
        paragraph=node.string("paragraph"),
        modality=node.one_of("modality", Modality),
        title=node.both("title"),
        statement=node.both("statement"),
        rows=node.strings("rows"),
        subject=subject,
        addressee=node.strings("addressee", ADDRESSEES),
        counterparty=node.strings("counterparty", ADDRESSEES),
        opens_for=node.strings("opens_for", OPENS_FOR),
        when=node.part("when", check),
        conditions=node.each("condition", _condition),
        exceptions=node.each("exception", _condition),
        kept_when=node.part("kept_when", check),
        broken_when=node.part("broken_when", check),
        evidence=node.strings("evidence", frozenset(EVIDENCE) | frozenset(FACTS)),
        judged_since=node.string("judged_since") or None,
        gate=_gate(node),
        effect=node.one_of("effect", Effect, default=Effect.INFORM),
        consequence=node.part("consequence", lambda inner: _consequence(inner, authority_keys)),
        authority=_authority_key(node, authority_keys),
        places=node.each("place", lambda inner: _place(inner, topics)),
        valid_from=node.day("valid_from"),
        valid_until=node.day("valid_until"),
        last_checked=node.day("last_checked"),
        mark=node.one_of("mark", Mark, default=Mark.VERIFIED),
        remedy=node.words("remedy"),
        register=node.words("register"),
    )
    _consistent(node, clause)
    return clause


def _gate(node: Node) -> tuple[Action, ...]:
    return tuple(Action(value) for value in node.strings("gate", frozenset(Action)) if value in set(Action))


def _consistent(node: Node, clause: Clause) -> None:
    asks = (
        clause.when,
        clause.kept_when,
        clause.broken_when,
        *(c.test for c in (*clause.conditions, *clause.exceptions)),
    )
    if clause.subject is None and any(asks):
        node.wrong("when", None, "law.no_subject", " | ".join(SubjectKind))
    for name in {fact for test in asks if test for fact in facts_in(test)}:
        if clause.subject and name in FACTS and clause.subject not in FACTS[name].subjects:
            of = " | ".join(sorted(FACTS[name].subjects))
            node.wrong("subject", f"{clause.subject} × {name}", "law.fact_of_other", of)
    since = FACTS.get(clause.judged_since or "")
    if clause.judged_since and (since is None or since.type is not FactType.DATE):
        dates = " | ".join(sorted(n for n, spec in FACTS.items() if spec.type is FactType.DATE))
        node.wrong("judged_since", clause.judged_since, "law.unknown_reference", dates)


def _place(node: Node, topics: frozenset[str]) -> TopicPlace:
    place = TopicPlace(node.string("topic", needed=True), node.words("brief"), node.flag("strong"))
    if place.topic not in topics:
        expected = " | ".join(sorted(topics))
        node.wrong("topic", place.topic, "law.unknown_reference", expected)
    return place


def _condition(node: Node) -> Condition:
    test = node.part("test", check)
    if test is None:
        node.source.wrong(node.path, "test", "law.missing", '{ fact = "…", is = true }')
    return Condition(node.string("key", needed=True), node.both("text"), test or Check("all"))


def _consequence(node: Node, authorities: frozenset[str]) -> Consequence:
    return Consequence(
        stated=node.flag("stated", default=True),
        article=node.string("article") or None,
        orders=node.strings("orders", ORDERS),
        order_mandatory=node.flag("order_mandatory", default=True),
        fines=node.each("fines", _fine),
        authority=_authority_key(node, authorities),
        note=node.words("note"),
    )


def _authority_key(node: Node, authorities: frozenset[str]) -> str | None:
    name = node.string("authority") or None
    if name and name not in authorities:
        expected = " | ".join(sorted(authorities))
        node.wrong("authority", name, "law.unknown_reference", expected)
    return name


def _fine(node: Node) -> Fine:
    times = node.take("times_gain", list, "[1, 10]")
    return Fine(
        mandatory=node.flag("mandatory"),
        least=node.number("least"),
        most=node.number("most"),
        currency=node.string("currency", default="CNY"),
        factor=node.string("factor") or None,
        times_gain=_range(node, times) if times else None,
        when=node.words("when"),
    )


def _range(node: Node, values: list[Any]) -> tuple[int, int] | None:
    if [type(value) for value in values] == [int, int]:
        return values[0], values[1]
    node.wrong("times_gain", values, "law.wrong_type", "[1, 10]")
    return None


def _unique(source: Source, clauses: tuple[Clause, ...]) -> None:
    seen: dict[str, Any] = {}
    for i, clause in enumerate(clauses):
        if clause.key in seen:
            source.wrong(("clause", i, "key"), clause.key, "law.twice", "")
        seen[clause.key] = i
