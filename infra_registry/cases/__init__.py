"""Cases: the report of an exclusive agreement from citizen to handler."""
