"""Gates on the life of assets and works, and the one writer of an asset's status."""
