"""The live map, its tiles, and the list as an offline map."""
