"""Blueprints whose every route must name its permission, or say that it is public."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint

from infra_registry.access import Permission

PUBLIC = Permission.PUBLIC_READ


class Feature(Blueprint):
    """A blueprint of one feature; ``permission`` is a required word on every route.

    The permission is kept on the view and enforced by the application before the view runs;
    a view that asks about one subject (this asset, this case) asks again with the subject.
    """

    def __init__(self, name: str, import_name: str, **options: Any) -> None:
        super().__init__(name, import_name, **options)

    def route(self, rule: str, *, permission: Permission, **options: Any) -> Callable[..., Any]:  # type: ignore[override]
        """Register a view under ``rule`` with its permission."""

        def register(view: Callable[..., Any]) -> Callable[..., Any]:
            view.permission = permission  # type: ignore[attr-defined]
            self.add_url_rule(rule, options.pop("endpoint", None), view, **options)
            return view

        return register

    def get(self, rule: str, *, permission: Permission, **options: Any) -> Callable[..., Any]:  # type: ignore[override]
        """A view that only reads."""
        return self.route(rule, permission=permission, methods=["GET"], **options)

    def post(self, rule: str, *, permission: Permission, **options: Any) -> Callable[..., Any]:  # type: ignore[override]
        """A view that writes."""
        return self.route(rule, permission=permission, methods=["POST"], **options)
