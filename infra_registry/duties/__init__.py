"""Duties: facts of the register put to the rulebooks; answers of owners, gates, campaigns, clocks, loading."""
