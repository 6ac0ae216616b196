"""The table of a letter: what each building may be answered with, what is written, what is wrong, what was sent."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from infra_registry.access import SERVICE
from infra_registry.duties.answers import opening
from infra_registry.duties.answers.opening_checks import EVIDENCE, PERSON, WANTED, Act, well_written
from infra_registry.duties.answers.opening_rule import Rule, rules
from infra_registry.duties.inforce.law import Law
from infra_registry.duties.letters import answer_store as store
from infra_registry.duties.letters import campaign_store
from infra_registry.errors import Fault, Invalid
from infra_registry.formats import day
from infra_registry.rules.model import Condition

FIELDS = {
    "answer": 12,
    "wanted": 500,
    "ground": 60,
    "evidence": 1000,
    "person": 120,
    "owner": 200,
    "later": 10,
}
ACTS = {"open": "opened", "offer": "offered", "refuse": "refused", "decline": "declined"}
RESPONDENT = (2, 120)
LATEST = timedelta(days=366)
Draft = Mapping[str, str]
# What a fault of the ledger is about, as a field of this table.
_PLACES = {"wanted": "wanted", "ground": "ground", "evidence": "evidence", "person": "person"}


@dataclass(frozen=True, slots=True)
class Row:
    """One building of a letter. ``choices``: the answers possible here; ``grounds``: what a refusal may rest on."""

    building: Any
    rule: Rule | None
    draft: Draft
    today: date

    @property
    def code(self) -> str:
        """The building's code."""
        return str(self.building.code)

    @property
    def done(self) -> bool:
        """Whether a final answer was sent; "later" is not final."""
        return self.building.answer not in (None, "later")

    @property
    def grounds(self) -> tuple[Condition, ...]:
        """Conditions of the clause that asks for opening here."""
        return self.rule.duty.clause.conditions if self.rule else ()

    @property
    def choices(self) -> tuple[str, ...]:
        """A duty is refused on a ground; where it is not sure that there is one, one may also decline. Who controls a
        building no more can only say so."""
        if self.building.moved:
            return ("not_ours", "later")
        no = ("refuse",) if self.grounds else ()
        free = () if self.rule and self.rule.binding and self.grounds else ("decline",)
        return ("open", "offer", *no, *free, "not_ours", "later")

    @property
    def answer(self) -> str:
        """The answer in the draft of this row; empty without one."""
        return self.draft.get("answer", "")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was sent: how many rows of each answer, and how many are still without one."""

    counts: Mapping[str, int]
    blank: int


def table(connection: Connection, law: Law, letter: Any) -> list[Row]:
    """All rows of a letter, by name."""
    buildings = campaign_store.buildings(connection, [letter.id])[letter.id]
    speaking = rules(connection, law, [building.asset_id for building in buildings], letter.today)
    return [Row(b, speaking.get(b.asset_id), b.draft or {}, letter.today) for b in buildings]


def save(connection: Connection, letter: Any, drafts: Mapping[str, Draft]) -> None:
    """Keep what is written, right or wrong; buildings of other letters are left alone."""
    buildings = campaign_store.buildings(connection, [letter.id])[letter.id]
    store.save(
        connection,
        letter.id,
        {
            building.asset_id: _packed(drafts[building.code])
            for building in buildings
            if building.code in drafts
        },
    )


def fill(connection: Connection, law: Law, letter: Any, draft: Draft) -> tuple[int, int]:
    """Put one answer into every row that has none and where it is possible; how many took it, how many could not."""
    rows = [r for r in table(connection, law, letter) if r.building.answer is None and not r.answer]
    fitting = [row for row in rows if _fits(row, draft)]
    store.save(connection, letter.id, {row.building.asset_id: _packed(draft) for row in fitting})
    return len(fitting), len(rows) - len(fitting)


def _fits(row: Row, draft: Draft) -> bool:
    answer = draft.get("answer", "")
    if answer not in row.choices:
        return False
    return answer != "refuse" or draft.get("ground", "") in {ground.key for ground in row.grounds}


def _packed(draft: Draft) -> str | None:
    kept = {
        name: text
        for name, most in FIELDS.items()
        if (text := str(draft.get(name, "")).replace("\x00", "").strip()[: most + 1])
    }
    return json.dumps(kept, ensure_ascii=False) if kept else None


def faults(rows: Iterable[Row]) -> list[Fault]:
    """What is wrong with the rows that hold an answer; fields are ``G-….evidence``."""
    return [fault for row in rows if row.answer and not row.done for fault in _faults(row)]


def _faults(row: Row) -> list[Fault]:
    code, draft, answer = row.code, row.draft, row.answer
    if answer not in row.choices:
        return [Fault(f"{code}.answer", answer, "answer.fault.answer", " | ".join(row.choices))]
    faults = []
    if answer in ("open", "offer"):
        faults += _length(row, "wanted", WANTED)
    elif answer == "refuse":
        allowed = [ground.key for ground in row.grounds]
        if draft.get("ground", "") not in allowed:
            faults.append(
                Fault(f"{code}.ground", draft.get("ground", ""), "answer.fault.ground", " | ".join(allowed))
            )
        faults += _length(row, "evidence", EVIDENCE) + _length(row, "person", PERSON)
    elif answer == "decline" and draft.get("evidence"):
        faults += _length(row, "evidence", EVIDENCE)
    elif answer == "not_ours" and draft.get("owner"):
        faults += _length(row, "owner", (0, FIELDS["owner"]))
    elif answer == "later":
        first, last = row.today + timedelta(days=1), row.today + LATEST
        later = day(draft.get("later", ""))
        if later is None or not first <= later <= last:
            faults.append(
                Fault(f"{code}.later", draft.get("later", ""), "answer.fault.later", f"{first} … {last}")
            )
    return faults


def _length(row: Row, name: str, bounds: tuple[int, int]) -> list[Fault]:
    text = row.draft.get(name, "")
    if well_written(text, bounds):
        return []
    return [Fault(f"{row.code}.{name}", text[:60], f"answer.fault.{name}", f"{bounds[0]} … {bounds[1]}")]


def send(connection: Connection, law: Law, letter: Any, respondent: str) -> Receipt:
    """Send the rows that hold an answer: acts of opening go into the ledger as the product, with who answered.

    The letter is locked by its session. Rows without an answer stay open; sending again sends nothing twice.
    Raises Invalid whose faults name building and field, and then nothing is sent.
    """
    rows = table(connection, law, letter)
    ready = [row for row in rows if row.answer and not row.done]
    wrong, who = faults(ready), respondent.strip()
    if ready and not (RESPONDENT[0] <= len(who) <= RESPONDENT[1] and who.isprintable()):
        bounds = f"{RESPONDENT[0]} … {RESPONDENT[1]}"
        wrong.insert(0, Fault("respondent", who[:60], "answer.fault.respondent", bounds))
    if wrong:
        raise Invalid(wrong)
    if ready:
        events = _record(connection, law, ready, who)
        store.answer(connection, letter.id, [_final(row, events.get(row.code)) for row in ready])
        store.answered(connection, letter.id, who)
    return receipt(connection, letter)


def _record(connection: Connection, law: Law, ready: Sequence[Row], who: str) -> dict[str, str]:
    acts = [
        Act(
            row.code,
            ACTS[row.answer],
            wanted=row.draft.get("wanted", "") if row.answer in ("open", "offer") else "",
            ground=row.draft.get("ground", "") if row.answer == "refuse" else "",
            evidence=row.draft.get("evidence", "") if row.answer in ("refuse", "decline") else "",
            person=row.draft.get("person", "") if row.answer == "refuse" else who,
        )
        for row in ready
        if row.answer in ACTS
    ]
    if not acts:
        return {}
    try:
        codes = opening.record(connection, law, SERVICE, acts)
    except Invalid as error:
        raise Invalid([_placed(fault) for fault in error.faults]) from error
    return {act.asset: code for act, code in zip(acts, codes, strict=True)}


def _placed(fault: Fault) -> Fault:
    """A fault of the ledger at the field of this table it is about."""
    code, _, name = fault.field.partition(".")
    return Fault(f"{code}.{_PLACES.get(name, 'answer')}", fault.value, fault.code, fault.expected)


def _final(row: Row, event: str | None) -> dict[str, Any]:
    return {
        "asset": row.building.asset_id,
        "answer": row.answer,
        "said": row.draft.get("owner") or None if row.answer == "not_ours" else None,
        "later": day(row.draft.get("later", "")) if row.answer == "later" else None,
        "event": event,
    }


def receipt(connection: Connection, letter: Any) -> Receipt:
    """Number of buildings of a letter by answer, and of those without one."""
    buildings = campaign_store.buildings(connection, [letter.id])[letter.id]
    counts = Counter(building.answer for building in buildings)
    return Receipt({answer: n for answer, n in counts.items() if answer}, counts[None])
