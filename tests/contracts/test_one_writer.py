"""The status of an asset has one writer after its registration: ``duties.steps.status``, which asks the gates first."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WRITER = "infra_registry/duties/steps/status.py"
# The law of moves itself, which the writer calls; and the undo of an import, which never touches a status.
GROUND = {"infra_registry/assets/edit.py", "infra_registry/assets/store.py"}


def calls(path: Path) -> list[tuple[str, ast.Call]]:
    tree = ast.parse(path.read_text("utf-8"))
    return [
        (ast.unparse(node.func), node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name)
    ]


def sources() -> list[Path]:
    found = [path for top in ("infra_registry", "web") for path in sorted((ROOT / top).rglob("*.py"))]
    return [path for path in found if "node_modules" not in path.parts]


def test_nobody_else_moves_a_status() -> None:
    movers = {
        str(path.relative_to(ROOT))
        for path in sources()
        for name, _ in calls(path)
        if name.rsplit(".", 1)[-1] in ("transition", "movable", "add_status")
    }
    assert WRITER in movers
    assert movers <= {WRITER, *GROUND}


def test_nobody_changes_the_status_column_by_hand() -> None:
    """No call hands a dictionary with a status to the asset's row, no SQL of ours sets it, outside the one writer."""
    wrong = []
    for path in sources():
        name = str(path.relative_to(ROOT))
        if name in GROUND:
            continue
        text = path.read_text("utf-8")
        if "UPDATE asset SET status" in text or "update(asset).values(status" in text:
            wrong.append(name)
        for called, node in calls(path):
            keys = {
                key.value
                for argument in node.args
                if isinstance(argument, ast.Dict)
                for key in argument.keys
                if isinstance(key, ast.Constant)
            }
            if called in ("store.change", "Change", "edit.Change") and "status" in keys:
                wrong.append(f"{name}:{node.lineno}")
    assert wrong == []


def test_the_writer_asks_the_gates() -> None:
    asked = [name for name, _ in calls(ROOT / WRITER)]
    assert "gates.check" in asked
    assert "gates.refuse" in asked
