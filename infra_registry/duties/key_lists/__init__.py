"""A government's dated list of key public areas."""
