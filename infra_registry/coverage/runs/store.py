"""Runs of every method, as this reader may see them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, insert, text, update
from sqlalchemy.dialects.postgresql import JSONB

from infra_registry import jobs
from infra_registry.coverage.runs.suppression import wifi_summary
from infra_registry.coverage.runs.tables import coverage_run
from infra_registry.db.aliases import current
from infra_registry.errors import NotFound

_RUN = """SELECT r.*, regulates_area(r.area_id) AS whole,
    a.code AS area_code, a.name AS area_name, a.name_en AS area_name_en,
    coalesce(a.parent_id, a.id) AS parent_id
  FROM coverage_run r JOIN area a ON a.id = r.area_id"""


def add_run(connection: Connection, values: Mapping[str, Any]) -> int:
    """Write a run that is about to begin; its id."""
    user = text("nullif(my_user(), 0)")
    statement = insert(coverage_run).values(**values, user_id=user).returning(coverage_run.c.id)
    return int(connection.execute(statement).scalar_one())


def set_run(connection: Connection, code: str, values: Mapping[str, Any]) -> None:
    """Set columns of a run; NotFound when it is not this reader's to change."""
    chosen = coverage_run.c.code == current(connection, code, "run")
    done = connection.execute(update(coverage_run).where(chosen).values(**values))
    if not done.rowcount:
        raise NotFound("coverage.no_run", run=code)


def end_run(
    connection: Connection,
    code: str,
    digest: str,
    summary: Mapping[str, Any],
    *,
    same_as_id: int | None = None,
) -> None:
    """Write how a run ended; ``same_as_id``: of the run with equal inputs that has the results, and may be public."""
    connection.execute(
        text("""UPDATE coverage_run SET inputs_digest = :digest, summary = :summary, same_as_id = :same,
                  public = public AND CAST(:same AS bigint) IS NULL, ended_at = now() WHERE code = :code""").bindparams(
            bindparam("summary", type_=JSONB)
        ),
        {"digest": digest, "summary": dict(summary), "same": same_as_id, "code": code},
    )


def run(connection: Connection, code: str) -> dict[str, Any]:
    """One run with its area; NotFound ``coverage.no_run`` when there is none for this reader."""
    query, today = text(_RUN + " WHERE r.code = :code"), current(connection, code, "run")
    row = connection.execute(query, {"code": today}).mappings().one_or_none()
    if row is None:
        raise NotFound("coverage.no_run", run=code)
    return _for_reader(dict(row))


def runs(connection: Connection, *, method: str | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """The newest runs this reader may see, of one method or all."""
    chosen = " WHERE CAST(:method AS text) IS NULL OR r.method = :method"
    statement = text(_RUN + chosen + " ORDER BY r.asked_at DESC, r.code LIMIT :limit")
    rows = connection.execute(statement, {"limit": limit, "method": method})
    return [_for_reader(dict(row)) for row in rows.mappings()]


def computing(connection: Connection) -> list[dict[str, Any]]:
    """Runs that wait or are being computed, as this reader may see them, oldest first; ``job`` is their progress."""
    statement = text(_RUN + " WHERE r.ended_at IS NULL AND is_computed(r.job_id) ORDER BY r.id")
    runs_ = [_for_reader(dict(row)) for row in connection.execute(statement).mappings()]
    return [run_ | {"job": progress(connection, run_)} for run_ in runs_]


def progress(connection: Connection, run_: Mapping[str, Any]) -> jobs.Progress | None:
    """How far the job of a run is, when this reader may see it."""
    code = job_code(connection, run_["job_id"])
    return jobs.read(connection, code) if code else None


def _for_reader(row: Mapping[str, Any]) -> dict[str, Any]:
    """A run with what of its summary this reader may have: every page and file is made of this.

    A radio run keeps both editions in its summary; the internal one is for regulators of the area.
    """
    summary = row["summary"]
    if summary and row["method"] == "wifi_reach":
        summary = wifi_summary(summary, whole=row["whole"])
    elif summary and not row["whole"]:
        summary = {"public": summary["public"]}
    digest = row["inputs_digest"] if row["whole"] else None  # small numbers could be tried out against it
    parameters = row["parameters"]
    if not row["whole"]:  # an address inside the office, and the code of a run that may not be public
        parameters = {
            name: parameters[name] for name in parameters if name not in ("engine", "compared_with")
        }
    return {**row, "parameters": parameters, "summary": summary, "inputs_digest": digest}


def same(connection: Connection, begun: Mapping[str, Any], digest: str) -> dict[str, Any] | None:
    """An ended run of the same method, model and area with equal inputs that this reader sees whole; the oldest."""
    query = text(
        _RUN
        + """ WHERE r.inputs_digest = :digest AND r.method = :method AND r.model = :model AND r.area_id = :area
              AND r.ended_at IS NOT NULL AND r.same_as_id IS NULL AND r.id <> :id AND regulates_area(r.area_id)
              ORDER BY r.id LIMIT 1"""
    )
    values = {"digest": digest, "area": begun["area_id"], **{k: begun[k] for k in ("method", "model", "id")}}
    equal = connection.execute(query, values).mappings().one_or_none()
    return None if equal is None else dict(equal)


def code_of(connection: Connection, run_id: int | None) -> str | None:
    """The code of a run by its id, when this reader may see it."""
    code: str | None = connection.scalar(text("SELECT code FROM coverage_run WHERE id = :id"), {"id": run_id})
    return code


def job_id(connection: Connection, code: str) -> int:
    """The id of a job by its code."""
    return int(connection.execute(text("SELECT id FROM job WHERE code = :code"), {"code": code}).scalar_one())


def job_code(connection: Connection, job: int | None) -> str | None:
    """The code of a run's job, for whom row security shows it to."""
    code: str | None = connection.scalar(text("SELECT code FROM job WHERE id = :id"), {"id": job})
    return code


def has_sample(connection: Connection, area_id: int) -> bool:
    """True when an asset in the area is a sample and not the real world."""
    query = text("""SELECT EXISTS (SELECT 1 FROM asset_area m JOIN asset a ON a.id = m.asset_id
                      WHERE m.area_id = :area AND a.sample)""")
    return bool(connection.execute(query, {"area": area_id}).scalar_one())
