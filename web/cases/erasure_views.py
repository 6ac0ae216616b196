"""Cases whose content is due to be erased: the list, a proposal, and its approval by another handler."""

from flask import redirect, request
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.cases import erasure, keys
from infra_registry.cases.erasure_store import WISH
from infra_registry.errors import Conflict
from web.site.clock import local
from web.site.context import current_actor, locale, render, settings, t, use_case
from web.site.replies import done
from web.site.routing import Feature

feature = Feature("erasure", __name__)


@feature.get("/cases/erasure", permission=Permission.CASE_ERASE)
def erasures() -> ResponseReturnValue:
    """Cases that a rule of the house names, with its basis and what can be done."""
    return _page()


@feature.post("/cases/<number>/erasure", permission=Permission.CASE_ERASE)
def erase(number: str) -> ResponseReturnValue:
    """Propose, withdraw or approve; what is not open shows the list with the reason why."""
    name, case_keys = request.form.get("act", ""), keys.load(settings())
    try:
        with use_case() as connection:
            erasure.act(connection, case_keys, current_actor(), number, name)
        if name == "approve":  # committed: only now, for a secret does not come back with a transaction
            case_keys.destroy(number)
    except Conflict as error:
        return _page(t(error.code, **error.params)), error.status
    return done(t(f"cases.erasure.done.{name}", number=number), "/cases/erasure")


@feature.get("/cases/<number>/erasure", permission=Permission.CASE_ERASE)
def back(number: str) -> ResponseReturnValue:
    """The address of an answer, opened by hand: the list."""
    return redirect(f"/cases/erasure#f-{number}", 303)


def _page(fault: str = "") -> str:
    with use_case() as connection:
        rows = erasure.due(connection, current_actor())
    basis = {key: rule.basis(locale()) for key, rule in erasure.rules().items()}
    basis[WISH] = t("cases.erasure.wish")
    archived = erasure.identity_rule().basis(locale())
    return render("cases/erasure.html", local=local, rows=rows, basis=basis, archived=archived, fault=fault)
