"""The command line. Exit codes: 0 done, 1 refused with findings, 2 wrong use.

Commands are found by name and imported when called, so that ``--help`` is quick.
"""

import os
import sys
from importlib import import_module
from typing import Any

import click

from infra_registry import __version__, logs, words
from infra_registry.errors import NoRoom, RegistryError

COMMANDS = {
    "db": "infra_registry.cli.db:db",
    "doctor": "infra_registry.cli.doctor:doctor",
    "law": "infra_registry.cli.law:law",
    "demo": "infra_registry.cli.demo:demo_",
    "serve": "infra_registry.cli.serve:serve",
    "worker": "infra_registry.cli.serve:worker",
    "import": "infra_registry.cli.importing:import_",
    "export": "infra_registry.cli.exporting:export",
    "assets": "infra_registry.cli.withholding:assets",
    "consents": "infra_registry.cli.consents:consents_",
    "areas": "infra_registry.cli.areas:areas",
    "key-areas": "infra_registry.cli.key_areas:key_areas_",
    "keys": "infra_registry.cli.keys:keys",
    "map": "infra_registry.cli.map:map_",
    "coverage": "infra_registry.cli.coverage:coverage",
    "sites": "infra_registry.cli.sites:sites",
    "evidence": "infra_registry.cli.evidence:evidence",
    "duties": "infra_registry.cli.duties:duties",
    "audit": "infra_registry.cli.audit:audit",
    "user": "infra_registry.cli.parties:user",
    "party": "infra_registry.cli.parties:party",
    "token": "infra_registry.cli.parties:token",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 click calls it so
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def registry(**_: Any) -> None:
    """A register of shareable telecom infrastructure."""
    logs.configure()


def locale() -> str:
    """The language of the terminal: Chinese when its locale says so, else English."""
    language = os.environ.get("REGISTRY_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "zh-Hans" if language.lower().startswith("zh") else "en"


def main() -> None:
    """Run a command; an expected failure is told in words, with exit code 1."""
    try:
        registry(standalone_mode=True)
    except RegistryError as error:
        click.echo("\n".join(words.refusal(locale(), error)), err=True)
        sys.exit(1)
    except OSError as error:
        if not NoRoom.explains(error):
            raise
        click.echo(words.say(locale(), "file.no_room"), err=True)
        sys.exit(1)
