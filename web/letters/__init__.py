"""Pages of campaigns, and of letters answered without an account."""
