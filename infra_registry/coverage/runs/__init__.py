"""Coverage runs of every method: their rows, what of them is published, and their life."""
