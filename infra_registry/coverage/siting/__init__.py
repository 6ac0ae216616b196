"""The smallest set for a target, the best set for a budget, with a proven bound. Pure."""
