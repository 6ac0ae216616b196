"""A list of deliveries as a post office or mail program gives it: number of the letter, what became of it, the day."""

from datetime import date

from infra_registry.errors import Fault, Invalid
from infra_registry.formats import Caps, day, read

CAPS = Caps(max_bytes=1 << 20, max_rows=5000, max_columns=20, max_cell=200)
COLUMNS = {
    "letter": ("letter", "letter number", "信函编号", "编号"),
    "state": ("state", "result", "投递结果", "结果", "状态"),
    "date": ("date", "day", "日期", "投递日期"),
}
STATES = {
    "delivered": "delivered", "已送达": "delivered", "送达": "delivered", "妥投": "delivered", "签收": "delivered",
    "returned": "returned", "退回": "returned", "已退回": "returned", "退信": "returned",
}  # fmt: skip

Dated = tuple[str, str, date | None]


def parse(data: bytes, name: str) -> list[Dated]:
    """Rows of the list (CSV or a sheet). Raises Invalid naming row and value, FormatError for what is no table."""
    part = read(data, name, caps=CAPS)[0]
    names = {column.strip().lower(): column for column in part.columns}
    headed = {
        key: next((names[word] for word in words if word in names), None) for key, words in COLUMNS.items()
    }
    faults = [
        Fault("file", ", ".join(part.columns)[:80], "campaigns.fault.column", " | ".join(COLUMNS[key]))
        for key, column in headed.items()
        if column is None
    ]
    rows: list[Dated] = []
    for row in part.rows if not faults else ():
        number, state, sent = (row.values.get(headed[key] or "", "").strip() for key in COLUMNS)
        on = day(sent.replace("/", "-")[:10])
        if state.lower() not in STATES:
            faults.append(
                Fault("file", f"{row.number}: {state[:40]}", "campaigns.fault.mark", " | ".join(STATES))
            )
        elif on is None:
            faults.append(Fault("file", f"{row.number}: {sent[:40]}", "field.not_date", "2026-11-22"))
        else:
            rows.append((number, STATES[state.lower()], on))
    if faults:
        raise Invalid(faults)
    return rows
