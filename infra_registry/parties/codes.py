"""Public codes of parties and grants: random, so that their order tells nothing."""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_code(letter: str) -> str:
    """A new code such as ``U-7K2M9Q4XRT``."""
    return f"{letter}-" + "".join(secrets.choice(ALPHABET) for _ in range(10))
