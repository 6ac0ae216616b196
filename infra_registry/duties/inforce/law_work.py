"""Work that follows from a file of the law: what it would change, and due dates counted anew once it is in force."""

from typing import Any

from infra_registry import jobs
from infra_registry.access import SERVICE
from infra_registry.config import today
from infra_registry.duties.inforce import document_store, recounting
from infra_registry.duties.inforce.law import law
from infra_registry.duties.inforce.loading import PREVIEW, RECOUNT
from infra_registry.duties.inforce.preview import preview

TIMEOUT_MS = 3_600_000


@jobs.task(PREVIEW)
def look_ahead(run: jobs.Run, *, document: int) -> dict[str, Any]:
    """Compute and keep what a waiting file would change; it is read as the product, shown as each reader may see."""
    with run.database.use_case(SERVICE, timeout_ms=TIMEOUT_MS) as connection:
        filed, text = document_store.filed(connection, document)
        now = law(connection)
        proposed, file = now.with_file(filed.kind, filed.name, text)
        seen = preview(connection, now, proposed, file, on=today(), report=run.progress)
        document_store.keep_preview(connection, document, seen)
        result = {"clauses": len(seen["clauses"]), "asked": seen["asked"], "clocks": len(seen["clocks"])}
        run.finish(connection, **result)
    return result


@jobs.task(RECOUNT)
def recount(run: jobs.Run) -> dict[str, Any]:
    """Count every running due date anew under what is in force."""
    with run.database.use_case(SERVICE, timeout_ms=TIMEOUT_MS) as connection:
        moved = recounting.apply(connection, law(connection))
        run.finish(connection, moved=moved)
    return {"moved": moved}
