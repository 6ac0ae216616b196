"""Which standing structure, planned works or new site would close a gap, and what stands in its way."""
