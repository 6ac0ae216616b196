"""Levels on a grid: frame, tabulated losses, the compiled kernel, engines, rasters."""
