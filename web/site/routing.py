"""Blueprints whose every route must name its permission, or say that it is public."""

from collections.abc import Callable
from typing import Any

from apiflask import APIBlueprint
from flask import Blueprint

from infra_registry.access import Permission

PUBLIC = Permission.PUBLIC_READ


class _Permitted:
    """Routes (by ``get``, ``post`` … as well, which call ``route``) that take a required word: ``permission``.

    It is kept on the view and enforced by the application before the view runs; a view that asks about
    one subject (this asset, this case) asks again with the subject. ``max_bytes`` raises the limit of
    the request's body for this route alone.
    """

    def route(
        self, rule: str, *, permission: Permission, max_bytes: int | None = None, **options: Any
    ) -> Callable[..., Any]:
        """Register a view under ``rule`` with its permission."""

        def register(view: Callable[..., Any]) -> Callable[..., Any]:
            view.permission = permission  # type: ignore[attr-defined]
            view.max_bytes = max_bytes  # type: ignore[attr-defined]
            self.add_url_rule(  # type: ignore[attr-defined]
                rule, options.pop("endpoint", None), view, **options
            )
            return view

        return register


class Feature(_Permitted, Blueprint):  # type: ignore[misc]
    """The pages of one feature."""


class ApiFeature(_Permitted, APIBlueprint):  # type: ignore[misc]
    """The API of one feature, described in the OpenAPI document."""
