"""Words of the law in the reader's language, for templates that cite clauses."""

from infra_registry.duties.law import article_words
from web.context import locale


def article(number: str, paragraph: str = "") -> str:
    """Article and paragraph as the reader's language writes them."""
    return article_words(number, paragraph, locale())
