"""Who and what needs coverage: people, venues, roads; and the ground between."""
