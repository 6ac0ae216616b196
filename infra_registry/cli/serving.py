"""Running the web server and a worker side by side: started together, stopped together."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import click

from infra_registry import words
from infra_registry.cli import locale
from infra_registry.cluster import Addresses, Cluster
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.db.migrate import current, head
from infra_registry.demo import production
from infra_registry.errors import RegistryError

GRACE_S = 10
CALM_S = 30
CONNECT_S = 1.0
NICENESS = 5  # of a worker: pages come before long work
PARENT_DIED = 1  # PR_SET_PDEATHSIG of prctl(2)


def require_migrated(target: Addresses) -> None:
    """Raise ``serve.behind`` unless the schema is the one this product was made for."""
    found = current(target.owner)
    if found != head():
        raise RegistryError("serve.behind", found=found or "—", newest=head())


def require_fit(settings: Settings, target: Addresses) -> None:
    """Raise Invalid where a production register may not start: keys, public address, sample data."""
    database = Database(target.app, pool_size=1)
    try:
        production.require_fit(settings, database)
    finally:
        database.dispose()


def warn_root() -> None:
    """Say that the web server runs as root, where it does."""
    if os.geteuid() == 0:
        click.echo(words.say(locale(), "serve.as_root"), err=True)


@dataclass(frozen=True, slots=True)
class Address:
    """Where the web server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def reached_at(self) -> str:
        """The host by which this machine reaches it, also when it listens on every address."""
        return "127.0.0.1" if self.host in ("", "0.0.0.0") else self.host  # noqa: S104  compared, not bound

    @property
    def url(self) -> str:
        """What a browser on this machine opens."""
        return f"http://{self.reached_at}:{self.port}"

    def answers(self) -> bool:
        """True when a connection is accepted."""
        try:
            socket.create_connection((self.reached_at.strip("[]"), self.port), CONNECT_S).close()
        except OSError:
            return False
        return True


def require_free(address: Address) -> None:
    """Raise ``serve.port_taken`` when another program answers there."""
    if address.answers():
        raise RegistryError("serve.port_taken", port=address.port)


def web_command(bind: str, *, processes: int, threads: int) -> list[str]:
    """gunicorn with our application; header and line limits refuse oversized requests before we see them.

    With ``--preload`` the application is loaded once for all processes and before the port opens.
    """
    return [
        *(sys.executable, "-m", "gunicorn", "web.wsgi:app", "--bind", bind, "--preload"),
        *("--worker-class", "web.gunicorn.Worker", "--workers", str(processes), "--threads", str(threads)),
        *("--config", "python:web.gunicorn", "--limit-request-line", "8190"),
        *("--limit-request-fields", "60", "--limit-request-field_size", "16380"),
        *("--graceful-timeout", str(GRACE_S), "--timeout", "60", "--keep-alive", "5"),
        *("--log-level", "warning", "--name", "infra-registry"),
    ]


def worker_command() -> list[str]:
    """This same program as a worker."""
    return [sys.executable, "-c", "from infra_registry.cli import main; main()", "worker"]


def supervise(
    web: list[str], helpers: list[list[str]], address: Address, var_dir: Path, cluster: Cluster | None = None
) -> int:
    """Run the web server to its end and keep the helpers alive beside it; its exit code.

    Helpers start when the port answers, and the address is then the last line printed. A stop signal ends all of
    them in order; were this process killed, the kernel ends them. A private ``cluster`` that died is started again; one
    that was stopped stays down.
    """
    environment = _environment(var_dir) | {"HOST": address.host}
    stopping = False

    def stop(_: int, __: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    running = [_start(web, environment)]
    started: list[float] = []
    while not stopping and running[0].poll() is None:
        if not started and address.answers():
            running += [_start(helper, environment, niceness=NICENESS) for helper in helpers]
            started = [time.monotonic()] * len(running)
            click.echo(words.say(locale(), "serve.listening", url=address.url))
        for place, process in enumerate(running[1:], 1):
            if process.poll() is not None and time.monotonic() - started[place] > CALM_S / 10:
                click.echo(words.say(locale(), "serve.worker_restarted", code=process.returncode), err=True)
                running[place] = _start(helpers[place - 1], environment, niceness=NICENESS)
                started[place] = time.monotonic()
        if cluster is not None and cluster.died:
            _revive(cluster)
        time.sleep(0.2)
    _end(running)
    return 0 if stopping else int(running[0].returncode or 0)


def _revive(cluster: Cluster) -> None:
    click.echo(words.say(locale(), "serve.database_restarted"), err=True)
    try:
        cluster.up()
    except RegistryError as error:
        click.echo("\n".join(words.refusal(locale(), error)), err=True)
        time.sleep(CALM_S / 10)


def _environment(var_dir: Path) -> dict[str, str]:
    figures = var_dir / "metrics"
    shutil.rmtree(figures, ignore_errors=True)
    figures.mkdir(parents=True, exist_ok=True)
    return {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(figures)}


def _start(command: list[str], environment: dict[str, str], *, niceness: int = 0) -> subprocess.Popen[bytes]:
    def prepare() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PARENT_DIED, signal.SIGTERM)
        os.nice(niceness)

    return subprocess.Popen(command, env=environment, preexec_fn=prepare, start_new_session=True)


def _end(running: list[subprocess.Popen[bytes]]) -> None:
    for process in running:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + GRACE_S + 2
    for process in running:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
