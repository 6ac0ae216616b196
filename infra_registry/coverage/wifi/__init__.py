"""Free WiFi: zones, their reach, and who has none near."""
