"""What owners and those who ask say about opening, the ledger it makes, and evidence people show."""
