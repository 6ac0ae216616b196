"""Pages of assets, areas, works and imports."""
