"""Campaigns: letters to owners, links claimed once, one table that answers many buildings."""
