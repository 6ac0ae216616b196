"""Pages of reports and cases."""
