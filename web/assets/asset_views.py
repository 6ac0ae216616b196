"""Assets: the list with its filters, its table as CSV, and the record of one asset."""

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from infra_registry import audit
from infra_registry.access import Permission, allows
from infra_registry.assets import capacity, history, history_store, ledger_store
from infra_registry.assets.kinds import KINDS, TRANSITIONS, Kind, Status
from infra_registry.coverage.radio.result import page_store
from infra_registry.db import Connection
from infra_registry.formats import whole
from infra_registry.parties import store as parties
from infra_registry.publish import assets, columns, extent, record
from infra_registry.publish.query import parse_query
from infra_registry.publish.record import Record
from web.assets import asset_csv, asset_list, step_page
from web.duties import duty_section
from web.site.context import current_actor, locale, named, render, t, use_case
from web.site.replies import csv_stream
from web.site.routing import PUBLIC, Feature

feature = Feature("assets", __name__)


@feature.get("/assets", permission=PUBLIC)
def index() -> ResponseReturnValue:
    """One page of the list, at the reader's level, with the filters of the map."""
    raw = asset_list.parameters(request.args)
    query = parse_query(raw, strict=False)
    only = Kind(query.kinds[0]) if len(query.kinds) == 1 else None
    shown = asset_list.shown_columns(only, request.args.getlist("columns"))
    with use_case() as connection:
        page = assets.search(connection, current_actor(), query)
        fields = [name for name in shown if name not in asset_list.COMMON]
        beside = (
            columns.beside(connection, current_actor(), only, page.items, fields) if only and fields else {}
        )
        operators = {row.code: named(row) for row in extent.operators(connection)}
        owners = {party.code: party.label(locale()) for party in parties.choices(connection)}
    first = whole(request.args.get("n"), 1_000_000_000) or 1
    return render(
        "assets/index.html",
        page=page,
        query=query,
        raw=raw,
        only=only,
        shown=shown,
        offered=asset_list.offered_columns(only),
        beside=beside,
        hidden=columns.HIDDEN,
        operators=operators.items(),
        owners=owners,
        party_names=owners,
        first=first,
        sort=("-" if query.descending else "") + query.sort,
        csv_href=asset_list.href("/assets.csv", raw, columns=",".join(request.args.getlist("columns"))),
        chips=asset_list.chips(query, raw, operators | owners),
        crumbs=[(t("assets.heading"), None)],
    )


@feature.get("/assets.csv", permission=Permission.EXPORT_RUN)
def table() -> ResponseReturnValue:
    """The list as CSV with the chosen columns, hidden values empty; a last line says when it was cut."""
    query = parse_query(asset_list.parameters(request.args), strict=False)
    chosen = request.args.getlist("columns")
    return csv_stream(lambda connection: asset_csv.lines(connection, query, chosen), "assets.csv")


@feature.get("/assets/<code>", permission=PUBLIC)
def show(code: str) -> ResponseReturnValue:
    """The record of one asset as this reader may see it."""
    return page(code)


def page(
    code: str, act: str = "", sent: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> str:
    """The record's page; with what was sent and what is wrong with it when ``act`` could not be done."""
    actor = current_actor()
    with use_case() as connection:
        asset = record.detail(connection, actor, code.upper())
        if asset.item.standing >= 3 and asset.more["access_class"] != "P1":  # more than the public sees
            audit.note(connection, "read", "asset", ref=asset.item.values["code"])
        parts = _parts(connection, asset) | step_page.of_asset(connection, asset)
        may_edit = allows(actor, Permission.ASSET_EDIT, asset)
        waiting = step_page.steps(connection, asset) if may_edit else {}
        party_choices = parties.choices(connection)
    allowed = TRANSITIONS[Status(asset.item.values["status"])]
    return render(
        "assets/show.html",
        record=asset,
        spec=KINDS[asset.kind],
        act=act,
        sent=sent or {},
        errors=errors or {},
        may_edit=may_edit,
        steps=waiting,
        may_withhold=allows(actor, Permission.WITHHOLD, asset),
        may_allocate=allows(actor, Permission.CAPACITY_ALLOCATE, asset),
        owners=party_choices,
        moves_allowed=[status for status in Status if status in allowed],
        hidden_words=t("assets.comma").join(t(f"field.{name}") for name in _worth_saying(asset)),
        party_names={party.code: party.label(locale()) for party in party_choices},
        crumbs=[
            (t("assets.heading"), url_for("assets.index")),
            (t(f"kinds.{asset.kind}"), url_for("assets.index", kind=asset.kind.value)),
            (asset.item.values["code"], None),
        ],
        **parts,
    )


def _parts(connection: Connection, asset: Record) -> dict[str, Any]:
    """What hangs on the asset, as far as this reader may know of it."""
    actor = current_actor()
    may_read = allows(actor, Permission.ASSET_HISTORY, asset)
    return {
        "section": duty_section.of_asset(connection, asset),
        "all_href": f"/duties?code={asset.item.values['code']}",
        "hosted": record.hosted(connection, actor, asset.item.values["code"]),
        "units": capacity.units(connection, asset.id) if asset.may_see("capacity") else [],
        "presence": ledger_store.presence_of(connection, asset.id) if asset.may_see("presence") else [],
        "agreements": ledger_store.agreements_of(connection, asset.id) if actor.is_authenticated else [],
        "history": history.versions(connection, asset.id, asset.kind)[::-1] if may_read else None,
        "closes": page_store.closes(connection, asset.item.values["code"]),
        "moves": history_store.status_events(connection, asset.id) if may_read else [],
    }


def _worth_saying(asset: Record) -> list[str]:
    """Hidden fields this asset could have a value in: no cells of a tower, no reason where nothing is withheld."""
    absent = {
        "cells": asset.kind is not Kind.BASE_STATION,
        "ends": asset.kind is not Kind.DUCT,
        "capacity": KINDS[asset.kind].unit is None,
        "operators": not KINDS[asset.kind].host,
        "operators_count": not KINDS[asset.kind].host,
        "withheld_reason": asset.more["access_class"] != "P4",
    }
    return [name for name in asset.hidden if not absent.get(name, False)]
