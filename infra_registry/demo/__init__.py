"""Sample cities: synthetic, deterministic, marked as samples; never in production."""

from infra_registry.demo.load import load, prepare, remove
from infra_registry.demo.runs import queue_runs
from infra_registry.demo.samples import City, cities, people

__all__ = ["City", "cities", "load", "people", "prepare", "queue_runs", "remove"]
