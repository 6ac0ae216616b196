"""Links that leave the register are made in one place, from its public address and not from who asked by which name."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ASKED = re.compile(r"\b_external\b|request\.(url_root|host_url|root_url|base_url|url)\b|request\.host\b")
HOMES = {"web/site/context.py", "web/site/security.py"}


def test_only_two_modules_look_at_the_name_that_was_asked_by() -> None:
    files = [
        *ROOT.glob("infra_registry/**/*.py"),
        *ROOT.glob("web/*/**/*.py"),
        *ROOT.glob("web/*/templates/**/*.html"),
    ]
    looking = {
        str(path.relative_to(ROOT))
        for path in files
        if "node_modules" not in path.parts and ASKED.search(path.read_text("utf-8"))
    }
    assert looking == HOMES
