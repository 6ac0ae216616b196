"""The JSON API: strict JSON both ways, described parameters only, problems as RFC 9457 documents."""

from typing import Any

from apiflask import APIFlask, Schema
from flask import current_app, request
from flask.json.provider import DefaultJSONProvider
from marshmallow import RAISE

from infra_registry.errors import Fault, Invalid

ALWAYS = frozenset({"lang"})


class Body(Schema):
    """A JSON body whose unknown members are refused."""

    class Meta:
        """What marshmallow reads."""

        unknown = RAISE


class StrictJson(DefaultJSONProvider):
    """JSON without NaN or infinities, which are no JSON (RFC 8259): ``dumps`` raises ValueError."""

    ensure_ascii = False
    sort_keys = False

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """JSON text; raises ValueError for NaN and infinities."""
        kwargs.setdefault("allow_nan", False)
        return super().dumps(obj, **kwargs)


def plain(value: Any) -> Any:
    """A value as JSON has it: days and instants as ISO 8601 text."""
    return value.isoformat() if hasattr(value, "isoformat") else value


def current_view() -> Any:
    """The view function that will answer."""
    return current_app.view_functions[request.endpoint or ""]


def check_parameters(view: Any) -> None:
    """Refuse query parameters an API route does not describe, naming them."""
    if not request.path.startswith("/api/"):
        return
    allowed = described(view) | ALWAYS
    unknown = sorted({name for name in request.args if name not in allowed})
    if unknown:
        expected = ", ".join(sorted(allowed)) or "—"
        raise Invalid([Fault(name[:80], None, "request.unknown_parameter", expected) for name in unknown])


def described(view: Any) -> frozenset[str]:
    """Query parameters of an API view, from its ``input`` schemas or its ``parameters`` attribute."""
    names = set(getattr(view, "parameters", ()))
    for schema, location, *_ in getattr(view, "_spec", {}).get("args", ()):
        if location in ("query", "querystring"):
            fields = (schema() if isinstance(schema, type) else schema).fields
            names |= {field.data_key or name for name, field in fields.items()}
    return frozenset(names)


def describe(app: APIFlask) -> None:
    """How programs sign in, in the OpenAPI document."""
    app.security_schemes = {"token": {"type": "http", "scheme": "bearer"}}
    app.config["OPENAPI_VERSION"] = "3.1.0"
    app.config["VALIDATION_ERROR_DESCRIPTION"] = "Refused values, as application/problem+json"
    app.config["AUTO_VALIDATION_ERROR_RESPONSE"] = True
