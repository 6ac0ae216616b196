"""What the forms of campaigns send, as values of the domain."""

from typing import Any

from flask import request

from infra_registry.access import Permission, allows
from infra_registry.areas import ground_store
from infra_registry.db import Connection
from infra_registry.duties.letters import campaign_choice, campaigns
from infra_registry.duties.letters.campaign_choice import Choice
from infra_registry.duties.letters.campaigns import Draft
from infra_registry.errors import Fault, Invalid
from infra_registry.formats import day, whole
from web.site.context import current_actor


def choice() -> Choice:
    """The filters of the address or of the form. Raises Invalid."""
    sent = request.values
    return campaign_choice.parse(sent.to_dict(), [item for item in sent.getlist("state") if item])


def draft() -> Draft:
    """What a campaign says, right or wrong."""
    form = request.form
    return Draft(
        title=form.get("title", ""),
        sender=form.get("sender", ""),
        contact=form.get("contact", ""),
        words=form.get("words", ""),
        answer_by=day(form.get("answer_by", "").strip()[:10]),
        link_days=whole(form.get("link_days", "").strip(), 9999),
    )


def own_cities(connection: Connection) -> list[Any]:
    """Cities whose campaigns this actor runs."""
    actor = current_actor()
    return [city for city in ground_store.cities(connection) if allows(actor, Permission.CAMPAIGN_RUN, city)]


def numbers(connection: Connection, campaign: Any, *, reminder: bool = False) -> list[str]:
    """The letters ticked, or all of the state shown; of a reminder to all, those that were sent. Raises Invalid."""
    ticked = request.form.getlist("letters")[:5000]
    if request.form.get("all") == "1":
        rows = campaigns.letters(connection, campaign, request.form.get("state") or None)
        ticked = [row.code for row in rows if not reminder or row.sent_at is not None]
    if not ticked:
        raise Invalid([Fault("letters", 0, "campaigns.fault.none_chosen")])
    return ticked
