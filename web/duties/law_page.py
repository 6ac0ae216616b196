"""What the pages of the law show beside the rulebooks themselves: fines in words, today's authority, counts."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from infra_registry.config import today
from infra_registry.db import Connection
from infra_registry.duties.inforce import bound_store
from infra_registry.duties.inforce.bound_store import Bound
from infra_registry.duties.inforce.law import Law, article_words
from infra_registry.rules.model import Clause, Fine, Force, Mark, Name, Rulebook
from web.site.context import current_actor, locale, t

KEPT_S = 60
MOST_KEPT = 200
TEN_THOUSAND = 10_000
NONE = Bound()
_COUNTS: dict[tuple[str, str], tuple[float, dict[tuple[str, str | None], Bound]]] = {}


@dataclass(frozen=True, slots=True)
class Line:
    """One instrument in the list: how much of it is held, how well, whom it binds now."""

    book: Rulebook
    clauses: int
    verified: int
    last_checked: date
    bound: Bound


def lines(connection: Connection, law: Law) -> Iterator[Line]:
    """Every instrument in force in this register."""
    counted = counts(connection)
    for book in law.books:
        seen = [clause.last_checked or book.instrument.last_checked for clause in book.clauses]
        verified = sum(is_verified(book, clause) for clause in book.clauses)
        newest = max([book.instrument.last_checked, *seen])
        yield Line(book, len(book.clauses), verified, newest, counted.get((book.key, None), NONE))


def is_verified(book: Rulebook, clause: Clause) -> bool:
    """Only what was read in the text itself is verified: the clause, of an instrument that was."""
    return clause.mark is Mark.VERIFIED and book.instrument.force is not Force.KNOWN_NOT_HELD


def counts(connection: Connection, book: str = "") -> dict[tuple[str, str | None], Bound]:
    """How many subjects clauses bind, of those this reader sees; up to a minute old."""
    key = (current_actor().audience(), book)
    cached = _COUNTS.get(key)
    if cached is None or time.monotonic() - cached[0] > KEPT_S:
        cached = (time.monotonic(), bound_store.counts(connection, book or None))
        while len(_COUNTS) >= MOST_KEPT:
            _COUNTS.pop(next(iter(_COUNTS)))
        _COUNTS[key] = cached
    return cached[1]


def article(clause: Clause) -> str:
    """The article of a clause as citations write it."""
    return article_words(clause.article, clause.paragraph, locale())


def fine(fine: Fine) -> str:
    """A fine in words: must or may, how much, in which case."""
    text = t("law.fine.shall" if fine.mandatory else "law.fine.may", amount=_amount(fine))
    return t("law.fine.when", when=fine.when.of(locale()), fine=text) if fine.when else text


def _amount(fine: Fine) -> str:
    if fine.times_gain:
        return t("law.amount.times", least=fine.times_gain[0], most=fine.times_gain[1])
    least, most = money(fine.least, fine.currency), money(fine.most, fine.currency)
    if least and most:
        return t("law.amount.range", least=least, most=most)
    if most:
        return t("law.amount.most", most=most)
    return t("law.amount.least", least=least) if least else t(f"law.amount.{fine.factor or 'not_stated'}")


def money(amount: int | None, currency: str) -> str:
    """An amount as it is written in a letter: 5万元, 50,000 yuan."""
    if amount is None:
        return ""
    unit = t("law.yuan") if currency == "CNY" else currency
    if locale() == "en":
        return f"{amount:,} {unit}"
    return f"{amount // TEN_THOUSAND}万{unit}" if amount % TEN_THOUSAND == 0 else f"{amount:,}{unit}"


def authority_today(book: Rulebook, key: str | None) -> Name | None:
    """What an authority is called today, where that is another name than the text's."""
    if key is None or key not in book.authorities:
        return None
    authority = book.authorities[key]
    name = authority.on(today())
    if name.name != authority.in_text:
        return name
    # A successor whose day is not known is told as well, as not verified.
    return next((successor for successor in authority.successors if successor.since is None), None)


def in_force_words(book: Rulebook) -> str:
    """From when to when an instrument holds, in words."""
    instrument = book.instrument
    if instrument.force is Force.DRAFT:
        return t("law.never_in_force")
    first, last = instrument.in_force_from, instrument.in_force_until
    if first is None:
        return t("law.day_not_known")
    if last is None:
        return t("law.from", first=first.isoformat())
    return t("law.from_to", first=first.isoformat(), last=last.isoformat())


def example_codes(preview: dict[str, Any] | None) -> list[str]:
    """The codes a preview names as examples; which of them a reader may see is asked for him."""
    if not preview:
        return []
    return sorted(
        {
            code["code"]
            for c in preview["clauses"]
            for way in c["examples"].values()
            for code in way
            if code["code"]
        }
    )


# What templates say about a book, a clause, a fine or who decides.
WORDING = {
    "article": article,
    "authority_today": authority_today,
    "fine": fine,
    "in_force_words": in_force_words,
}
