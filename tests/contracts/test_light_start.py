"""The web application and the list of commands start without the heavy packages that single features use."""

import subprocess
import sys

import pytest

HEAVY = [
    "dask",
    "distributed",
    "folium",
    "geopandas",
    "highspy",
    "matplotlib",
    "numba",
    "pandas",
    "pyogrio",
    "rasterio",
    "scipy",
    "typst",
]
IMPORTS = {
    "web": "import web.app, web.features, importlib; [importlib.import_module(name) for name in web.features.FEATURES]",
    "commands": "from infra_registry.cli import registry; registry(['--help'], standalone_mode=False)",
}


@pytest.mark.parametrize("statement", IMPORTS.values(), ids=IMPORTS)
def test_no_heavy_package_is_loaded(statement: str) -> None:
    look = f"import sys; {statement}; print(*sorted(set(sys.modules) & set({HEAVY})), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stderr.split() == []
