"""What a failed job leaves in the log of a worker that was started alone."""

import json
import subprocess
import sys

FAILING = """
import structlog
from infra_registry.cli import registry
registry(["law", "--help"], standalone_mode=False)
def open_story(story):
    raise ValueError("no key")
try:
    open_story("CANARY of a reporter")
except ValueError:
    structlog.get_logger("jobs").exception("job_failed")
"""


def test_no_value_of_a_variable_is_logged() -> None:
    """One JSON line with the stack, without the locals of its frames."""
    done = subprocess.run([sys.executable, "-c", FAILING], capture_output=True, text=True, check=True)
    line = done.stdout.splitlines()[-1]
    assert "ValueError: no key" in json.loads(line)["exception"]
    assert "CANARY" not in done.stdout + done.stderr
