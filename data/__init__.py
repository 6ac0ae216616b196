"""Reference data that ships with the register: law, limits, publication rules, mappings, samples; no code."""
