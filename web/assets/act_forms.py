"""Acts on a thing from its page: a small form each, done in one transaction, shown again on the page when refused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.db import Connection
from infra_registry.errors import Fault, Invalid, RegistryError
from web.site.context import fault_text, t, use_case
from web.site.replies import done
from web.site.routing import Feature

Form = Mapping[str, str]
Act = Callable[..., str | None]


def _upper(_connection: Connection, code: str, _permission: Permission) -> str:
    return code.upper()


def _message(fault: Fault) -> tuple[str, str]:
    return fault.field, fault_text(fault)


@dataclass(frozen=True, slots=True)
class Acts:
    """Acts on one kind of thing.

    ``path``: the address of the thing; ``page``: its page, made of code, mark of the form, what was sent and messages
    by field; ``conflict_field``: where a conflict is shown; ``subject``: what an act gets, made of connection, code
    and permission; ``message``: field and text of a fault.
    """

    feature: Feature
    path: str
    page: Callable[[str, str, Form, Form], str]
    endpoint: str
    conflict_field: str
    anchor: str = ""
    subject: Callable[[Connection, str, Permission], Any] = _upper
    message: Callable[[Fault], tuple[str, str]] = _message

    def post(
        self, rule: str, permission: Permission, mark: str, *, conflict_field: str = ""
    ) -> Callable[[Act], Any]:
        """Register a function of connection, subject, form and what else ``rule`` names, that returns a notice.

        Fields of the form begin with ``mark`` (in which values of the address may stand) and an underscore; the
        function gets them without.
        """

        def register(act: Act) -> Any:
            @self.feature.post(f"{self.path}/{rule}", permission=permission)
            @wraps(act)
            def view(code: str, **keys: Any) -> ResponseReturnValue:
                prefix = mark.format(**keys)
                form = {
                    name.removeprefix(f"{prefix}_"): text
                    for name, text in request.form.items()
                    if name.startswith(f"{prefix}_")
                }
                try:
                    with use_case() as connection:
                        subject = self.subject(connection, code, permission)
                        notice = act(connection, subject, form, **keys) or t("assets.form.done")
                except RegistryError as error:
                    if isinstance(error, Invalid):
                        messages = dict(map(self.message, error.faults))
                    elif error.status == 409:
                        messages = {conflict_field or self.conflict_field: t(error.code, **error.params)}
                    else:
                        raise
                    errors = {f"{prefix}_{field}": text for field, text in messages.items()}
                    return self.page(code, prefix, request.form, errors), error.status
                return done(notice, url_for(self.endpoint, code=code.upper()) + self.anchor)

            return view

        return register
