"""A coverage run from the question to its results: internal, and the edition everybody may see."""
