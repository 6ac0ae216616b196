"""Duties in words: consequence, missing facts, conditions, parts of the law that are not held."""

from infra_registry import words
from infra_registry.duties.inforce.law import article_words, cite
from infra_registry.rules.engine import Duty, Judged
from infra_registry.rules.model import Clause, Fine, NotHeld, Rulebook

TEN_THOUSAND = 10_000


def citation(duty: Duty, locale: str) -> str:
    """Short name of the instrument and article."""
    return cite(duty.book, duty.clause, locale)


def state(duty: Duty, locale: str) -> str:
    """Modality, standing and whether it is kept."""
    said = words.say(
        locale,
        "duty.state",
        modality=words.say(locale, f"law.modality.{duty.clause.modality}"),
        standing=words.say(locale, f"law.standing.{duty.standing}"),
        kept=words.say(locale, f"law.kept.{duty.kept}"),
    )
    if duty.by_reference:
        said += words.say(locale, "duty.then") + words.say(locale, "duty.by_reference")
    return said


def missing(duty: Duty, locale: str) -> str:
    """What would have to be known, as a list."""
    return words.say(locale, "duty.and").join(words.say(locale, f"fact.{name}") for name in duty.missing)


def judged(item: Judged, locale: str, *, exception: bool = False) -> str:
    """A condition or exception with its value."""
    key = "duty.exception" if exception else "duty.condition"
    truth = words.say(locale, f"duty.truth.{item.truth}")
    return words.say(locale, key, text=item.condition.text.of(locale), truth=truth)


def not_held(book: Rulebook, part: NotHeld, locale: str) -> str:
    """A part of the law that is known and whose text is not held."""
    articles = article_words(part.articles, "", locale)
    law, reason = book.instrument.short.of(locale), part.reason.of(locale)
    return words.say(locale, "duty.not_held", law=law, articles=articles, reason=reason)


def consequence(clause: Clause, locale: str) -> str:
    """What follows from a breach, in one line; "none stated" where the instrument states nothing."""
    found = clause.consequence
    if found is None or not found.stated:
        return words.say(locale, "duty.not_stated")
    parts = []
    if found.orders:
        listed = words.say(locale, "duty.and").join(
            words.say(locale, f"law.order.{one}") for one in found.orders
        )
        parts.append(words.say(locale, "law.ordered" if found.order_mandatory else "law.may_order") + listed)
    parts += [fine(one, locale) for one in found.fines]
    if found.note is not None:
        parts.append(found.note.of(locale))
    said = words.say(locale, "duty.then").join(parts) or words.say(locale, "duty.not_stated")
    behind = f" ({article_words(found.article, '', locale)})" if found.article else ""
    return said + (behind if locale == "en" else behind.strip().replace("(", "（").replace(")", "）"))


def fine(one: Fine, locale: str) -> str:
    """A fine: must or may, how much, in which case."""
    key = "law.fine.shall" if one.mandatory else "law.fine.may"
    said = words.say(locale, key, amount=_amount(one, locale))
    return words.say(locale, "law.fine.when", when=one.when.of(locale), fine=said) if one.when else said


def _amount(one: Fine, locale: str) -> str:
    if one.times_gain:
        return words.say(locale, "law.amount.times", least=one.times_gain[0], most=one.times_gain[1])
    least, most = (_money(value, one.currency, locale) for value in (one.least, one.most))
    if least and most:
        return words.say(locale, "law.amount.range", least=least, most=most)
    if most:
        return words.say(locale, "law.amount.most", most=most)
    if least:
        return words.say(locale, "law.amount.least", least=least)
    return words.say(locale, f"law.amount.{one.factor or 'not_stated'}")


def _money(amount: int | None, currency: str, locale: str) -> str:
    if amount is None:
        return ""
    unit = words.say(locale, "law.yuan") if currency == "CNY" else currency
    if locale == "en":
        return f"{amount:,} {unit}"
    return f"{amount // TEN_THOUSAND}万{unit}" if amount % TEN_THOUSAND == 0 else f"{amount:,}{unit}"
