"""Analyses of coverage: free WiFi, mobile coverage, what would close their gaps, what others say of them."""
