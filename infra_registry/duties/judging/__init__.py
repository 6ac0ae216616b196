"""Facts of the register put to the law in force, live and as a projection for lists, maps and counts."""
