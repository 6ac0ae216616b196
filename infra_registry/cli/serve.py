"""serve and worker: the web server and the process that does long work."""

import click

from infra_registry import config
from infra_registry.cli import serving
from infra_registry.cli.session import open_addresses
from infra_registry.cluster import embedded_cluster


@click.command()
@click.option("--host", default=None, help="Address to listen on (setting HOST).")
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="Port to listen on (setting PORT).")
@click.option("--processes", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--threads", type=click.IntRange(1, 64), default=4, show_default=True)
@click.option("--no-worker", is_flag=True, help="Serve only; long work waits for a worker elsewhere.")
@click.pass_context
def serve(
    ctx: click.Context, host: str | None, port: int | None, processes: int, threads: int, no_worker: bool
) -> None:
    """Serve the web, with one worker unless told not to."""
    settings = config.load()
    target = open_addresses()
    serving.require_migrated(target)
    serving.require_fit(settings, target)
    serving.warn_root()
    address = serving.Address(host or settings.host, port or settings.port)
    serving.require_free(address)
    web = serving.web_command(str(address), processes=processes, threads=threads)
    helpers = [] if no_worker else [serving.worker_command()]
    cluster = embedded_cluster(settings) if target.embedded else None
    ctx.exit(serving.supervise(web, helpers, address, settings.var_dir, cluster))


@click.command()
@click.option("--once", is_flag=True, help="Do what waits now, then end.")
def worker(once: bool) -> None:
    """Do the work that waits: imports, analyses, sealing the audit."""
    from infra_registry import jobs
    from infra_registry.cli.worker_modules import WORKER_MODULES

    target = open_addresses()
    serving.require_fit(config.load(), target)
    jobs.run_worker(target.app, once=once, modules=WORKER_MODULES)
