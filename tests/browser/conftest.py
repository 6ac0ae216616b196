"""A browser, the product behind a port, and a worker, for tests that look at pages as people do."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from werkzeug.serving import make_server

from infra_registry.cli.worker_modules import WORKER_MODULES
from infra_registry.config import Settings
from infra_registry.db import Database
from tests.browser.reader import Reader
from tests.worker import run_pending
from web.app import create_app

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-gpu-compositing",  # that is for WebGL alone: everything else is drawn faster without it
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=30_000)  # software rendering on a busy machine takes its time

Serve = Callable[[Database], str]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium of the system, drawing without a graphics card."""
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield running
        running.close()


@contextmanager
def serving(database: Database, settings: Settings, port: int = 0) -> Iterator[str]:
    server = make_server("127.0.0.1", port, create_app(settings, database), threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a product that keeps its files in a folder of this test file."""
    made = Settings(var_dir=tmp_path_factory.mktemp("var"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REGISTRY_VAR", str(made.var_dir))
        yield made


@pytest.fixture(scope="module")
def serve(settings: Settings) -> Iterator[Serve]:
    """Put the product over a register behind a port; the address."""
    with ExitStack() as stack:
        yield lambda database: stack.enter_context(serving(database, settings))


@pytest.fixture(scope="module")
def worker(module_database: Database, settings: Settings) -> Iterator[None]:
    """A worker that does what is asked for, as soon as it is asked for."""
    ended = Event()

    def work() -> None:
        while not ended.wait(0.2):
            run_pending(module_database, modules=WORKER_MODULES)

    thread = Thread(target=work, daemon=True)
    thread.start()
    yield
    ended.set()
    thread.join()


@pytest.fixture
def reader(browser: Browser, address: str) -> Iterator[Reader]:
    """A window of a desk; ``address`` is a fixture of the test file."""
    made = Reader(browser, address)
    yield made
    made.context.close()


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Reader]:
    """A window of a phone."""
    made = Reader(browser, address, 390, 844)
    yield made
    made.context.close()
