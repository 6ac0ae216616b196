"""One radio path over the ground: its profile, what is in sight, and what the models say of it beside each other."""
