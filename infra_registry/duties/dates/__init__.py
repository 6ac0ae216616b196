"""Due dates as told and as they stand, with their reckoning in words."""
