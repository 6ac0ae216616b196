"""Rasters of the internal edition: one Cloud-Optimized GeoTIFF per layer in the file store, named by its content.

Bands: ``level_dbm``, ``best`` (the key of the station, see ``stations``), ``class`` and, where operators are united,
``operators`` (how many serve). NaN outside the area and where nothing reaches.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from infra_registry import config
from infra_registry.coverage.propagation.defaults import radio
from infra_registry.coverage.radio.editions import Computed
from infra_registry.coverage.radio.inputs import Inputs
from infra_registry.coverage.radio.layers import ANY, Layer, Levels, Name, raster_strips
from infra_registry.coverage.radio.limits import limits
from infra_registry.files import Folder, keep
from infra_registry.formats.raster import Layout, write_cog_pieces

CAP = 4 << 30
BANDS = ("level_dbm", "best", "class")


@dataclass(frozen=True, slots=True)
class Rasters:
    """Digests of the layers' rasters, and of the list that names the station of each key (one code a line)."""

    layers: Mapping[Name, str]
    stations: str | None


def keep_all(
    levels: Levels, computed: Computed, inputs: Inputs, model: str, progress: Callable[[int, int], None]
) -> Rasters:
    """Write and keep every raster; files that nothing refers to in the end do no harm."""
    digests = {}
    for number, layer in enumerate(computed.layers):
        progress(number, len(computed.layers))
        path = levels.folder / "layer.tif"
        layout = _layout(layer, inputs, model)
        strips = raster_strips(levels, layer, inputs.ground, computed.cells, limits().served_class)
        write_cog_pieces(path, layout, ((row, 0, bands) for row, bands in strips))
        with path.open("rb") as stream:
            digests[layer.name] = _keep(stream, f"{'-'.join(layer.name)}.tif")
        path.unlink()
    progress(len(computed.layers), len(computed.layers))
    listed = "\n".join(inputs.internal.codes).encode()
    return Rasters(digests, _keep(io.BytesIO(listed), "stations.txt") if listed else None)


def _layout(layer: Layer, inputs: Inputs, model: str) -> Layout:
    frame, question = inputs.frame, inputs.question
    tags = {
        "MODEL": model,
        "INPUTS_DIGEST": inputs.digest,
        "OPERATOR": layer.operator,
        "TECHNOLOGY": layer.technology,
        "ENVIRONMENT": question.environment,
        "LEVEL": "reference signal at the receiver, dBm",
        "RECEIVER_HEIGHT_M": f"{radio().receiver_height_m:g}",
        "AS_OF": inputs.on.isoformat(),
    }
    if layer.technology != ANY:
        classes = radio().technologies[layer.technology].classes_dbm
        tags["CLASSES_DBM"] = " ".join(f"{value:g}" for value in classes)
    names = (*BANDS, "operators") if layer.operator == ANY else BANDS
    return Layout(
        frame.rows,
        frame.cols,
        names,
        "float32",
        frame.transform,
        f"EPSG:{frame.epsg}",
        float("nan"),
        tags,
        nearest=True,
    )


def _keep(stream: BinaryIO, name: str) -> str:
    return keep(config.load().files_dir, Folder.RASTERS, stream, name=name, cap=CAP).digest
