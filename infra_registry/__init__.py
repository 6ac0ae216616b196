"""A register of shareable telecom infrastructure, and of who may not keep it to themselves."""

__version__ = "0.2.0"
