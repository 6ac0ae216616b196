"""``python -m tests.benchmarks [--no-backup]``: build the register once, measure, write the table."""

import sys

from tests.benchmarks import boxes, coverage, register, report, safety, siting, tiles


def say(text: str) -> None:
    """Progress, at once."""
    print(text, flush=True)


def main() -> None:
    """The whole run."""
    target = register.ready(say)
    try:
        races, found = tiles.measure(target, register.home() / "web", say)
        compared = boxes.measure(target, say)
        levels = [*coverage.measure(say), *siting.rows(say)]
        saved = None if "--no-backup" in sys.argv else safety.measure(say)
        text = report.table(target, races, found, compared, saved, levels)
    finally:
        register.rest()
    report.write(text)
    say(text)


if __name__ == "__main__":
    main()
