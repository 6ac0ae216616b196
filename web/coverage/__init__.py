"""Pages of coverage runs, evidence and demand."""
