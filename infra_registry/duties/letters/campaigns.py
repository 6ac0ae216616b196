"""Campaigns: a regulator writes to the bodies that control buildings and asks each about all of its own at once.

The register sends nothing itself: it prints letters or hands over messages for the office's own mail program, each
with a link of its own. Only a digest of a link is kept, so a letter is printed again with a new link, and the old
one opens nothing from then on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from infra_registry import audit, codes
from infra_registry.access import Actor, Permission, PermissionSubject, require
from infra_registry.areas.ground_store import day_of
from infra_registry.config import DEFAULT_ZONE
from infra_registry.duties.answers.opening_checks import well_written
from infra_registry.duties.inforce.law import Law
from infra_registry.duties.letters import campaign_store as store
from infra_registry.duties.letters.campaign_choice import (
    MOST_BUILDINGS,
    MOST_OWNERS,
    Choice,
    preview,
)
from infra_registry.duties.letters.link import digest, new_link
from infra_registry.errors import Conflict, Fault, Invalid, NotFound

STATES = ("made", "sent", "delivered", "returned", "claimed", "answered")
CHANNELS = ("letter", "mail")
MARKS = ("delivered", "returned")
LINK_DAYS = (1, 366)
MOST_ISSUED = 500
_TEXTS = {"title": (2, 200), "sender": (2, 120), "contact": (2, 200), "words": (0, 2000)}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a campaign says: ``answer_by`` is the office's own target, ``link_days`` how long a link opens."""

    title: str
    sender: str
    contact: str
    words: str
    answer_by: date | None
    link_days: int | None


@dataclass(frozen=True, slots=True)
class Issued:
    """A letter with its new link, which exists here and nowhere else."""

    letter: Any
    buildings: tuple[Any, ...]
    link: str
    ends_at: datetime


def make(
    connection: Connection, law: Law, actor: Actor, choice: Choice, draft: Draft, *, owners: Sequence[str]
) -> str:
    """Make a campaign to these owners (codes), a letter each; its code. Owners without a building that is asked
    about get no letter. Raises Forbidden, NotFound or Invalid."""
    plan = preview(connection, law, choice)
    require(actor, Permission.CAMPAIGN_RUN, plan.basis.city)
    chosen = [owner for owner in plan.owners if owner.party.code in set(owners)]
    faults = draft_faults(draft, day_of(connection, plan.basis.city.id))
    if not chosen or len(chosen) > MOST_OWNERS:
        faults.append(Fault("owners", len(chosen), "campaigns.fault.owners", f"1 … {MOST_OWNERS}"))
    faults += [
        Fault("owners", len(o.assets), "campaigns.fault.buildings", str(MOST_BUILDINGS))
        for o in chosen
        if len(o.assets) > MOST_BUILDINGS
    ]
    if faults:
        raise Invalid(faults)
    code = codes.new("campaign")
    values = {
        "code": code,
        "title": draft.title.strip(),
        "city_id": plan.basis.city.id,
        "rulebook": plan.ground.book.key if plan.ground else None,
        "clause": plan.ground.clause.key if plan.ground else None,
        "sender": draft.sender.strip(),
        "contact": draft.contact.strip(),
        "words": draft.words.strip() or None,
        "answer_by": draft.answer_by,
        "link_days": draft.link_days,
        "sample": plan.sample,
    }
    store.add(connection, values, {o.party.id: (codes.new("letter"), o.assets) for o in chosen})
    return code


def draft_faults(draft: Draft, today: date) -> list[Fault]:
    """What is wrong with the words and dates of a campaign."""
    faults = []
    for name, bounds in _TEXTS.items():
        text = getattr(draft, name).strip()
        if not well_written(text, bounds):
            faults.append(Fault(name, text[:60], f"campaigns.fault.{name}", f"{bounds[0]} … {bounds[1]}"))
    first, last = today + timedelta(days=1), today + timedelta(days=366)
    if draft.answer_by is None or not first <= draft.answer_by <= last:
        faults.append(Fault("answer_by", draft.answer_by, "campaigns.fault.answer_by", f"{first} … {last}"))
    if draft.link_days is None or not LINK_DAYS[0] <= draft.link_days <= LINK_DAYS[1]:
        faults.append(
            Fault(
                "link_days",
                draft.link_days,
                "campaigns.fault.link_days",
                f"{LINK_DAYS[0]} … {LINK_DAYS[1]}",
            )
        )
    return faults


def read(connection: Connection, actor: Actor, code: str) -> Any:
    """A campaign with its progress. Raises NotFound, also for another city's."""
    campaign = store.by_code(connection, code)
    if campaign is None:
        raise NotFound("campaigns.not_found", code=code[:40])
    require(actor, Permission.CAMPAIGN_RUN, PermissionSubject(city_id=campaign.city_id))
    return campaign


def letters(connection: Connection, campaign: Any, state: str | None = None) -> Sequence[Any]:
    """Letters of a campaign, of one state or all."""
    if state and state not in STATES:
        raise Invalid([Fault("state", state[:40], "field.not_choice", " | ".join(STATES))])
    return store.letters(connection, campaign.id, state=state or None)


def letter_to(connection: Connection, campaign: Any, owner: str) -> tuple[Any, list[Any]]:
    """The letter of a campaign to an owner, by his code, with its buildings. Raises NotFound."""
    rows = [row for row in store.letters(connection, campaign.id) if row.party_code == owner]
    if not rows:
        raise NotFound("campaigns.no_letter", code=owner[:40])
    return rows[0], store.buildings(connection, [rows[0].id])[rows[0].id]


def issue(
    connection: Connection, actor: Actor, code: str, numbers: Sequence[str], *, channel: str, reminder: bool
) -> list[Issued]:
    """Give these letters a new link each, to be printed or mailed now; the links before open nothing any more.

    With ``reminder`` it counts as one, and letters answered in full are left out. Raises NotFound, Forbidden,
    Conflict ``campaigns.closed`` or Invalid.
    """
    campaign = _open(connection, actor, code)
    if channel not in CHANNELS:
        raise Invalid([Fault("channel", channel[:20], "field.not_choice", " | ".join(CHANNELS))])
    rows = [row for row in _chosen(connection, campaign, numbers) if row.state != "answered"]
    faults = [
        Fault(f"letters.{row.code}", row.code, "campaigns.fault.not_sent", "")
        for row in rows
        if reminder and row.sent_at is None
    ]
    if not rows:
        faults.append(Fault("letters", len(numbers), "campaigns.fault.all_answered", ""))
    if faults:
        raise Invalid(faults)
    ends = datetime.now(UTC) + timedelta(days=campaign.link_days)
    links = {row.id: new_link() for row in rows}
    store.issue(
        connection,
        [
            {"id": key, "digest": digest("link", link), "ends": ends, "channel": channel}
            for key, link in links.items()
        ],
        reminder=reminder,
    )
    facts = {"channel": channel, "reminder": reminder}
    audit.note(connection, "export", "letter", ref=code, count=len(rows), facts=facts)
    buildings = store.buildings(connection, list(links))
    return [Issued(row, tuple(buildings[row.id]), links[row.id], ends) for row in rows]


def mark(
    connection: Connection, actor: Actor, code: str, dated: Iterable[tuple[str, str, date | None]]
) -> int:
    """Mark letters (number, ``delivered`` or ``returned``, day) by hand or from a list; all or none; how many.

    Raises NotFound, Forbidden, Conflict or Invalid whose faults name the letter.
    """
    campaign = _open(connection, actor, code)
    marks, today = list(dated), day_of(connection, campaign.city_id)
    letters_by_code = {row.code: row for row in store.letters(connection, campaign.id)}
    faults, todo = [], {}
    for number, state, on in marks:
        row = letters_by_code.get(number)
        if row is None:
            faults.append(Fault(f"letters.{number[:20]}", number[:40], "campaigns.fault.letter", ""))
        elif state not in MARKS:
            faults.append(Fault(f"letters.{number}", state[:20], "campaigns.fault.mark", " | ".join(MARKS)))
        elif row.sent_at is None:
            faults.append(Fault(f"letters.{number}", number, "campaigns.fault.not_sent", ""))
        elif on is None or not row.sent_on <= on <= today:
            faults.append(Fault(f"letters.{number}", on, "campaigns.fault.day", f"{row.sent_on} … {today}"))
        else:
            todo[row.id] = (state, on)
    if not marks:
        faults.append(Fault("letters", 0, "campaigns.fault.none_chosen", ""))
    if faults:
        raise Invalid(faults)
    for pair in sorted(set(todo.values())):
        # Pages show an instant in the register's zone: there noon is of the day that was marked.
        at = datetime.combine(pair[1], time(12), ZoneInfo(DEFAULT_ZONE))
        store.mark(connection, [key for key, value in todo.items() if value == pair], pair[0], at)
    return len(todo)


def close(connection: Connection, actor: Actor, code: str) -> None:
    """Close a campaign: its links, sessions and codes open nothing any more; what was answered stays."""
    campaign = _open(connection, actor, code)
    store.close(connection, campaign.id)


def _open(connection: Connection, actor: Actor, code: str) -> Any:
    campaign = read(connection, actor, code)
    store.lock(connection, campaign.id)
    campaign = read(connection, actor, code)
    if campaign.closed_at is not None:
        raise Conflict("campaigns.closed", code=code)
    return campaign


def _chosen(connection: Connection, campaign: Any, numbers: Sequence[str]) -> Sequence[Any]:
    codes = set(numbers)
    if not 0 < len(codes) <= MOST_ISSUED:
        word = "campaigns.fault.too_many" if codes else "campaigns.fault.none_chosen"
        raise Invalid([Fault("letters", len(codes), word, str(MOST_ISSUED))])
    rows = store.letters(connection, campaign.id, codes=sorted(codes))
    missing = codes - {row.code for row in rows}
    if missing:
        raise Invalid(
            [Fault(f"letters.{n[:20]}", n[:40], "campaigns.fault.letter", "") for n in sorted(missing)]
        )
    return rows
