"""Reports of a free-WiFi run: what follows from it, and the files made of it."""
