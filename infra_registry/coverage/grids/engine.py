"""Engines by the name a question gives them."""

from infra_registry.coverage.grids.work import Engine
from infra_registry.errors import Fault, Invalid


def engine_named(name: str) -> Engine:
    """``local``, or ``tcp://host:port`` (also ``tls://``) of a dask scheduler. Raises Invalid for another name.

    Each engine is loaded when it is named: the kernel brings numba, which no page needs.
    """
    if name == "local":
        from infra_registry.coverage.grids.local import LocalEngine

        return LocalEngine()
    if name.startswith(("tcp://", "tls://")):
        from infra_registry.coverage.grids.distributed import DaskEngine

        return DaskEngine(name)
    names = "local, tcp://host:port"
    fault = Fault("engine", name, "coverage.engine", names)
    raise Invalid([fault], "coverage.engine", value=name, expected=names)
