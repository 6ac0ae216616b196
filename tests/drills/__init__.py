"""Drills: the whole product run as an operator runs it, and broken on purpose."""
