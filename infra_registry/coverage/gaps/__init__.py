"""Cells below a threshold merged into gaps, ranked, compared with an earlier run. Pure."""
