"""Pages of duties, openings, key public areas and the law."""
