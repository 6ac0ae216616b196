"""Path loss, antennas and link budgets as the recommendations give them. Pure."""
