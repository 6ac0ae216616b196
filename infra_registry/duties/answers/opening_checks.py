"""What is wrong with an act on the opening of an asset, before and after the law of the place is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from infra_registry.access import Actor, Permission, allows, require
from infra_registry.assets.kinds import Kind, Status
from infra_registry.config import today
from infra_registry.duties.answers.opening_rule import Rule
from infra_registry.errors import Fault, NotFound

OPENABLE = frozenset({Kind.PUBLIC_BUILDING.value, Kind.POLE.value})
ANSWERS = frozenset({"offered", "opened", "refused", "declined", "exempted"})
WANTED, EVIDENCE, PERSON = (2, 500), (4, 1000), (2, 120)


@dataclass(frozen=True, slots=True)
class Act:
    """One act on one asset. ``answers``: the request it answers; without it every open request is answered.

    ``asker`` is a party's code and only for the product itself: anyone else asks for his own organisation.
    """

    asset: str
    act: str
    on: date | None = None
    wanted: str = ""
    ground: str = ""
    evidence: str = ""
    person: str = ""
    answers: str = ""
    asker: str = ""

    @property
    def day(self) -> date:
        """The day of the act; when it is not given the register's own, until ``record`` puts that of the asset."""
        return self.on or today()


@dataclass(frozen=True, slots=True)
class Context:
    """What an act meets: the asset, the clause that asks for its opening, requests so far, who asks."""

    subject: Any
    rule: Rule | None
    requests: Sequence[Any]
    asker: int | None

    def request(self, code: str) -> Any | None:
        """The request of that code on this asset."""
        return next((row for row in self.requests if row.code == code), None)


def only(actor: Actor, act: Act, subjects: dict[str, Any]) -> None:
    """For a single asset: NotFound and Forbidden, as everywhere; a table of many names each in its faults."""
    subject = subjects.get(act.asset)
    if subject is None:
        raise NotFound("asset.not_found", code=act.asset[:40])
    if act.act in ANSWERS:
        require(actor, needed(act), subject)


def needed(act: Act) -> Permission:
    """The permission an act wants."""
    if act.act == "asked":
        return Permission.OPENING_ASK
    return Permission.OPENING_EXEMPT if act.act == "exempted" else Permission.OPENING_ANSWER


def plain_faults(actor: Actor, act: Act, subject: Any) -> list[Fault]:
    """What is wrong with an act before the law is asked."""
    code = act.asset[:40]
    if subject is None:
        return [Fault(f"{code}.asset", code, "opening.no_asset", "G-7K2M9QX4TA")]
    if subject.status == Status.RETIRED:
        return [Fault(f"{code}.asset", code, "opening.retired", "")]
    if not allows(actor, needed(act), None if act.act == "asked" else subject):
        return [Fault(f"{code}.asset", code, "opening.not_yours", "")]
    faults = []
    if act.day > subject.today or act.day.year < 1990:
        faults.append(Fault(f"{code}.on", act.on, "opening.day", f"1990-01-01 … {subject.today}"))
    if act.act == "asked":
        faults += _asking_faults(actor, act, subject)
    if act.act in ("asked", "offered") or act.wanted:
        faults += text_faults(code, "wanted", act.wanted, WANTED)
    if act.act in ("refused", "exempted") or act.evidence:
        faults += text_faults(code, "evidence", act.evidence, EVIDENCE)
    if act.act in ("refused", "exempted") or act.person:
        faults += text_faults(code, "person", act.person, PERSON)
    return faults


def _asking_faults(actor: Actor, act: Act, subject: Any) -> list[Fault]:
    code = act.asset
    if not subject.exact:
        return [Fault(f"{code}.asset", code, "opening.not_shown", "")]
    if act.asker and not actor.service:
        return [Fault(f"{code}.asker", act.asker[:40], "opening.foreign_asker", "")]
    if actor.party_id and actor.party_id in (subject.owner_id, subject.controller_id):
        return [Fault(f"{code}.asset", code, "opening.own", "")]
    return []


def well_written(text: str, bounds: tuple[int, int]) -> bool:
    """Whether a text has a length within bounds and no control characters but line breaks and tabs."""
    bare = text.replace("\n", "").replace("\r", "").replace("\t", "")
    return bounds[0] <= len(text) <= bounds[1] and bare.isprintable()


def text_faults(code: str, name: str, value: str, bounds: tuple[int, int]) -> list[Fault]:
    """A text that is too short, too long or holds control characters."""
    text = value.strip()
    if well_written(text, bounds):
        return []
    return [Fault(f"{code}.{name}", text[:60], f"opening.need_{name}", f"{bounds[0]} … {bounds[1]}")]


def twice(acts: Sequence[Act]) -> list[Fault]:
    """Assets that stand in one table twice."""
    seen: set[tuple[str, str]] = set()
    faults = []
    for act in acts:
        if (act.asset, act.answers) in seen:
            faults.append(Fault(f"{act.asset}.asset", act.asset, "opening.twice", ""))
        seen.add((act.asset, act.answers))
    return faults


def law_faults(act: Act, context: Context) -> list[Fault]:
    """What the law of the place and what happened so far have against an act."""
    code, rule = act.asset, context.rule
    faults = _request_faults(act, context)
    if rule is None and context.subject.kind not in OPENABLE:
        faults.append(Fault(f"{code}.asset", context.subject.kind, "opening.not_openable", ""))
    elif act.act in ("refused", "exempted") and rule is None:
        faults.append(Fault(f"{code}.ground", act.ground[:40], "opening.no_duty", ""))
    elif act.act == "refused" and rule is not None and act.ground not in rule.grounds:
        faults.append(Fault(f"{code}.ground", act.ground[:40], "opening.no_ground", " | ".join(rule.grounds)))
    elif act.act == "declined" and rule is not None and rule.binding:
        faults.append(Fault(f"{code}.act", act.act, "opening.duty_here", " | ".join(rule.grounds)))
    elif act.act == "exempted" and rule is not None and act.ground not in rule.exceptions:
        allowed = " | ".join(rule.exceptions)
        word = "opening.not_an_exception" if allowed else "opening.no_exception"
        faults.append(Fault(f"{code}.ground", act.ground[:40], word, allowed))
    return faults


def _request_faults(act: Act, context: Context) -> list[Fault]:
    code = act.asset
    if act.act == "asked":
        if context.asker is None:
            return [Fault(f"{code}.asker", act.asker[:40], "opening.no_asker", "")]
        mine = [r for r in context.requests if r.asker_id == context.asker and r.answered_on is None]
        return [Fault(f"{code}.asset", mine[0].code, "opening.asked_already", "")] if mine else []
    if not act.answers:
        return []
    request = context.request(act.answers)
    if request is None:
        return [Fault(f"{code}.answers", act.answers[:40], "opening.no_request", "")]
    if act.day < request.done_on:
        return [Fault(f"{code}.on", act.day, "opening.before_request", str(request.done_on))]
    return []
