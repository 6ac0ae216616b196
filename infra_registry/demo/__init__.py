"""Sample cities: synthetic, deterministic, marked as samples; never in production."""

from infra_registry.demo.load import load, prepare, remove
from infra_registry.demo.samples import cities, people

__all__ = ["cities", "load", "people", "prepare", "remove"]
