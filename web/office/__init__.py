"""Pages of accounts, administration, audit, grants and organisations."""
