"""From tiles to layers: one per operator and technology, their unions, classes, and which cells lack what was asked.

Levels and best stations of the groups lie on disk while a run is computed; classes and lacks are kept for the cells of
the area alone. A union takes the higher level, on a tie the lower key; over technologies, whose levels do not compare,
it takes the higher class.
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.gaps.detection import lacking
from infra_registry.coverage.grids.classes import classify
from infra_registry.coverage.grids.work import NO_LEVEL, NO_STATION, Engine, Work
from infra_registry.coverage.radio.question import Threshold

ANY = "any"
STRIP = 512
Name = tuple[str, str]
Strip = tuple[int, Mapping[str, NDArray[Any]]]
Thresholds = Mapping[str, Sequence[float]]
Mode = Literal["r", "r+", "w+"]


@dataclass(frozen=True, slots=True)
class Layer:
    """An operator (or any) and a technology (or any), made of these groups."""

    operator: str
    technology: str
    members: tuple[Name, ...]

    @property
    def name(self) -> Name:
        """Operator and technology."""
        return self.operator, self.technology


@dataclass(frozen=True, slots=True, eq=False)
class AreaCells:
    """The cells a run looks at: shape of the frame and flat indices of the cells in the area, ascending."""

    shape: tuple[int, int]
    cells: NDArray[np.int64]

    def on_frame(self, values: NDArray[Any], fill: Any) -> NDArray[Any]:
        """Values of the area's cells on the whole frame."""
        framed = np.full(self.shape, fill, values.dtype)
        framed.ravel()[self.cells] = values
        return framed


@dataclass(frozen=True, slots=True, eq=False)
class LayerCells:
    """Class, and whether it lacks what was asked, of each cell of the area, per layer."""

    classes: Mapping[Name, NDArray[np.uint8]]
    lacking: Mapping[Name, NDArray[np.bool_]]


class Stored(MutableMapping[Name, NDArray[Any]]):
    """An array of the area's cells for each layer, in files of a folder: all layers at once are too much memory."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._files: dict[Name, Path] = {}

    def __setitem__(self, name: Name, values: NDArray[Any]) -> None:
        self._files[name] = self._folder / f"{len(self._files)}.npy"
        np.save(self._files[name], values)

    def __getitem__(self, name: Name) -> NDArray[Any]:
        values: NDArray[Any] = np.load(self._files[name])
        return values

    def __delitem__(self, name: Name) -> None:
        self._files.pop(name).unlink()

    def __iter__(self) -> Iterator[Name]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


class Levels:
    """Level and best station of every group on the frame, in files below a folder of the run's own.

    A file is mapped only while a part of it is read or written: what stays mapped counts as memory of the process.
    """

    def __init__(self, folder: Path, shape: tuple[int, int], groups: Sequence[Name]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.shape = folder, shape
        self._groups = {name: number for number, name in enumerate(groups)}
        for name in groups:
            self._level(name, "w+")
            self._best(name, "w+")

    def _level(self, name: Name, mode: Mode = "r") -> NDArray[np.float32]:
        return np.memmap(self.folder / f"level-{self._groups[name]}", np.float32, mode, shape=self.shape)

    def _best(self, name: Name, mode: Mode = "r") -> NDArray[np.int32]:
        return np.memmap(self.folder / f"best-{self._groups[name]}", np.int32, mode, shape=self.shape)

    def compute(self, engine: Engine, work: Work, progress: Callable[[int, int], None]) -> None:
        """Fill every group tile by tile; what ``progress`` raises ends it."""
        for result in engine.run(work, progress):
            for name in self._groups:
                level, best = result.of(*name)
                self._level(name, "r+")[result.tile.window] = level
                self._best(name, "r+")[result.tile.window] = best

    def strip(self, layer: Layer, row: int, rows: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Level and best station of a layer in some rows: the highest of its members, on a tie the lowest key."""
        part = slice(row, row + rows)
        level = np.full((min(rows, self.shape[0] - row), self.shape[1]), NO_LEVEL, np.float32)
        best = np.full(level.shape, NO_STATION, np.int32)
        for name in layer.members:
            other, key = np.asarray(self._level(name)[part]), np.asarray(self._best(name)[part])
            wins = (other > level) | ((other == level) & (key >= 0) & ((key < best) | (best < 0)))
            level, best = np.where(wins, other, level), np.where(wins, key, best)
        return level, best


def layers_of(groups: Sequence[Name], technologies_named: Sequence[str] = ()) -> list[Layer]:
    """Every operator by technology, any technology of each, any operator of each technology, and all together.

    A technology that was asked about has its layer even when nobody sends it.
    """
    operators = sorted({operator for operator, _ in groups})
    technologies = sorted({technology for _, technology in groups} | set(technologies_named))
    layers = [
        Layer(operator, technology, ((operator, technology),)) for operator, technology in sorted(groups)
    ]
    layers += [Layer(name, ANY, tuple(sorted(g for g in groups if g[0] == name))) for name in operators]
    layers += [Layer(ANY, name, tuple(sorted(g for g in groups if g[1] == name))) for name in technologies]
    return [*layers, Layer(ANY, ANY, tuple(sorted(groups)))]


def layer_cells(
    levels: Levels, layers: Sequence[Layer], ground: AreaCells, thresholds: Thresholds, rule: "Service"
) -> LayerCells:
    """Classes and lacks of every layer; layers over technologies take the highest class of theirs."""
    classes, lacks, weak = (Stored(levels.folder / part) for part in ("classes", "lacking", "weak"))
    result = LayerCells(classes, lacks)
    for layer in layers:
        if layer.technology == ANY:
            continue
        level = _flat(levels, layer, ground)
        classes[layer.name] = classify(level, thresholds[layer.technology])
        if rule.threshold.kind == "dbm":
            weak[layer.name] = lacking("dbm", level, rule.threshold.value)
    for layer in layers:
        if layer.technology == ANY:
            below = [(layer.operator, name) for name in sorted({member[1] for member in layer.members})]
            classes[layer.name] = _highest([classes[n] for n in below], len(ground.cells))
            if rule.threshold.kind == "dbm":
                weak[layer.name] = _all([weak[n] for n in below], len(ground.cells))
    for layer in layers:
        lack = _lack(layer, result, weak, rule)
        if lack is not None:
            lacks[layer.name] = lack
    return result


@dataclass(frozen=True, slots=True)
class Service:
    """What counts as lacking: the threshold, and from which class on an operator counts as present."""

    threshold: Threshold
    served_class: int


def operators_at(
    layer: Layer, classes: Mapping[Name, NDArray[np.uint8]], served_class: int
) -> NDArray[np.uint8]:
    """How many operators serve each cell in a layer of any operator."""
    names = [(operator, layer.technology) for operator in sorted({m[0] for m in layer.members})]
    size = len(classes[layer.name])
    total = np.zeros(size, np.uint8)
    for name in names:
        total += (classes[name] >= served_class).astype(np.uint8)
    return total


def raster_strips(
    levels: Levels, layer: Layer, ground: AreaCells, result: LayerCells, served_class: int
) -> Iterator[Strip]:
    """Bands of a layer's raster, some rows at a time; NaN outside the area and where nothing reaches."""
    rows, cols = ground.shape
    counted = operators_at(layer, result.classes, served_class) if layer.operator == ANY else None
    for row in range(0, rows, STRIP):
        level, best = levels.strip(layer, row, STRIP)
        first, last = np.searchsorted(ground.cells, [row * cols, (row + len(level)) * cols])
        inside = ground.cells[first:last] - row * cols
        bands = {
            "level_dbm": np.where(np.isfinite(level), level, np.nan),
            "best": np.where(best >= 0, best, np.nan),
            "class": result.classes[layer.name][first:last],
        }
        if counted is not None:
            bands["operators"] = counted[first:last]
        yield row, {name: _inside(values, inside, level.shape) for name, values in bands.items()}


def _inside(values: NDArray[Any], inside: NDArray[np.int64], shape: tuple[int, ...]) -> NDArray[np.float32]:
    band = np.full(shape, np.nan, np.float32)
    band.ravel()[inside] = values.ravel()[inside] if values.shape == shape else values
    return band


def _flat(levels: Levels, layer: Layer, ground: AreaCells) -> NDArray[np.float32]:
    rows, cols = ground.shape
    parts = []
    for row in range(0, rows, STRIP):
        level, _ = levels.strip(layer, row, STRIP)
        first, last = np.searchsorted(ground.cells, [row * cols, (row + len(level)) * cols])
        parts.append(level.ravel()[ground.cells[first:last] - row * cols])
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def _lack(
    layer: Layer, result: LayerCells, weak: Mapping[Name, NDArray[np.bool_]], rule: Service
) -> NDArray[np.bool_] | None:
    """Which cells lack what was asked of a layer; None where the question is not put to it."""
    kind, value = rule.threshold.kind, rule.threshold.value
    if kind == "operators":
        if layer.operator != ANY:
            return None
        return lacking(kind, operators_at(layer, result.classes, rule.served_class), value)
    return weak[layer.name] if kind == "dbm" else lacking(kind, result.classes[layer.name], value)


def _highest(parts: Sequence[NDArray[np.uint8]], size: int) -> NDArray[np.uint8]:
    return np.maximum.reduce(parts) if parts else np.zeros(size, np.uint8)


def _all(parts: Sequence[NDArray[np.bool_]], size: int) -> NDArray[np.bool_]:
    return np.logical_and.reduce(parts) if parts else np.ones(size, bool)
