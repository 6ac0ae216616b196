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
    sentence = words.say(
        locale,
        "duty.state",
        modality=words.say(locale, f"law.modality.{duty.clause.modality}"),
        standing=words.say(locale, f"law.standing.{duty.standing}"),
        kept=words.say(locale, f"law.kept.{duty.kept}"),
    )
    if duty.by_reference:
        sentence += words.say(locale, "duty.then") + words.say(locale, "duty.by_reference")
    return sentence


def missing(duty: Duty, locale: str) -> str:
    """Names of the facts that are missing for a judgement, as a list in words."""
    return words.say(locale, "duty.and").join(words.say(locale, f"fact.{name}") for name in duty.missing)


def judged(item: Judged, locale: str, *, exception: bool = False) -> str:
    """A condition or exception in words with its truth value: holds, fails or not shown."""
    key = "duty.exception" if exception else "duty.condition"
    truth = words.say(locale, f"duty.truth.{item.truth}")
    return words.say(locale, key, text=item.condition.text.of(locale), truth=truth)


def not_held(book: Rulebook, part: NotHeld, locale: str) -> str:
    """A known part of an instrument whose text the register does not hold, with the reason."""
    articles = article_words(part.articles, "", locale)
    law, reason = book.instrument.short.of(locale), part.reason.of(locale)
    return words.say(locale, "duty.not_held", law=law, articles=articles, reason=reason)


def consequence(clause: Clause, locale: str) -> str:
    """What follows from a breach, in one line; "none stated" where the instrument states nothing."""
    breach = clause.consequence
    if breach is None or not breach.stated:
        return words.say(locale, "duty.not_stated")
    parts = []
    if breach.orders:
        listed = words.say(locale, "duty.and").join(
            words.say(locale, f"law.order.{item}") for item in breach.orders
        )
        parts.append(words.say(locale, "law.ordered" if breach.order_mandatory else "law.may_order") + listed)
    parts += [fine(item, locale) for item in breach.fines]
    if breach.note is not None:
        parts.append(breach.note.of(locale))
    sentence = words.say(locale, "duty.then").join(parts) or words.say(locale, "duty.not_stated")
    behind = f" ({article_words(breach.article, '', locale)})" if breach.article else ""
    return sentence + (behind if locale == "en" else behind.strip().replace("(", "（").replace(")", "）"))


def fine(penalty: Fine, locale: str) -> str:
    """A fine in words: mandatory or not, its amount, the case it is for."""
    key = "law.fine.shall" if penalty.mandatory else "law.fine.may"
    sentence = words.say(locale, key, amount=_amount(penalty, locale))
    return (
        words.say(locale, "law.fine.when", when=penalty.when.of(locale), fine=sentence)
        if penalty.when
        else sentence
    )


def _amount(penalty: Fine, locale: str) -> str:
    if penalty.times_gain:
        return words.say(locale, "law.amount.times", least=penalty.times_gain[0], most=penalty.times_gain[1])
    least, most = (_money(value, penalty.currency, locale) for value in (penalty.least, penalty.most))
    if least and most:
        return words.say(locale, "law.amount.range", least=least, most=most)
    if most:
        return words.say(locale, "law.amount.most", most=most)
    if least:
        return words.say(locale, "law.amount.least", least=least)
    return words.say(locale, f"law.amount.{penalty.factor or 'not_stated'}")


def _money(amount: int | None, currency: str, locale: str) -> str:
    if amount is None:
        return ""
    unit = words.say(locale, "law.yuan") if currency == "CNY" else currency
    if locale == "en":
        return f"{amount:,} {unit}"
    return f"{amount // TEN_THOUSAND}万{unit}" if amount % TEN_THOUSAND == 0 else f"{amount:,}{unit}"
