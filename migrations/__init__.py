"""Alembic revisions and the SQL tree."""
