"""The web: Flask. It knows the domain; the domain does not know it."""
