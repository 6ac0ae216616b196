"""Answers that many views give alike: on to a page with a notice, a file to keep, progress of long work."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any

from flask import Response, flash, jsonify, redirect, request, stream_with_context
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from infra_registry import jobs
from infra_registry.db import Connection
from infra_registry.db.faults import Unavailable
from web.site.context import current_actor, render, use_case
from web.site.turns import Turns

EXPORT_TIMEOUT_MS = 120_000
EXPORTS = Turns(most=2, each=1)  # of the threads of a process; the rest is for pages
EXPORT_WAIT_S = 5


def done(message: str, address: str, category: str = "done") -> ResponseReturnValue:
    """A redirect to ``address`` with a notice that is shown there once."""
    flash(message, category)
    return redirect(address, 303)


def attachment(content: Any, name: str, mimetype: str, *, private: bool = False) -> Response:
    """A file to be saved as ``name``; ``private`` forbids every cache to keep it."""
    response = Response(content, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    if private:
        response.headers["Cache-Control"] = "private, no-store"
    return response


@contextmanager
def exporting() -> Iterator[None]:
    """The turn of a file that takes long. Raises Unavailable ``export.busy`` where one is being made for this
    reader, or as many as a process makes at once."""
    reader = f"{request.remote_addr} {current_actor().user_id}"
    if not EXPORTS.take(reader):
        raise Unavailable("export.busy", retry_after_s=EXPORT_WAIT_S)
    try:
        yield
    finally:
        EXPORTS.give_back(reader)


def csv_stream(read: Callable[[Connection], Iterator[str]], name: str) -> Response:
    """Lines of CSV sent as they are read in one transaction.

    The first is read before the response begins, so that a failure there is an error page. Raises as ``exporting``.
    """

    def lines() -> Generator[str]:
        with exporting(), use_case(timeout_ms=EXPORT_TIMEOUT_MS) as connection:
            yield from read(connection)

    sent = lines()
    response = attachment(stream_with_context(chain([next(sent)], sent)), name, "text/csv")
    response.call_on_close(sent.close)
    return response


def own_json(document: Any) -> Response:
    """JSON made for this reader, asked for again each time."""
    response = jsonify(document)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def progress(template: str, job: jobs.Progress | None, **context: Any) -> Response:
    """The progress bar of a job, fetched repeatedly; at its end the browser loads the whole page anew."""
    response = Response(render(template, job=job, **context), mimetype="text/html")
    if job is None or job.ended:
        response.headers["HX-Refresh"] = "true"
    return response


def sent_file() -> FileStorage | None:
    """The file of the form; None when none was chosen."""
    file = request.files.get("file")
    return file if file and file.filename else None
