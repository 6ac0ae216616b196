"""What a worker can do: tasks by name, periodic work, and who turns a user id into an actor.

Modules above register themselves when they are imported; this package never imports upward.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from infra_registry.access import SERVICE, Actor
from infra_registry.db import Database
from infra_registry.errors import RegistryError

TaskFunction = Callable[..., Any]
ActorOf = Callable[[Connection, int], Actor]


@dataclass(frozen=True, slots=True)
class Periodic:
    """Work done again and again: ``cron`` has five fields."""

    name: str
    cron: str
    function: Callable[[Database], Any]


TASKS: dict[str, TaskFunction] = {}
PERIODIC: dict[str, Periodic] = {}
_ACTORS: list[ActorOf] = []


def task(name: str) -> Callable[[TaskFunction], TaskFunction]:
    """Register ``function(run, **arguments)``; what it returns (codes and counts) is the job's result."""

    def keep(function: TaskFunction) -> TaskFunction:
        TASKS[name] = function
        return function

    return keep


def periodic(name: str, cron: str) -> Callable[[Callable[[Database], Any]], Callable[[Database], Any]]:
    """Register ``function(database)`` to be run by one worker whenever ``cron`` says."""

    def keep(function: Callable[[Database], Any]) -> Callable[[Database], Any]:
        PERIODIC[name] = Periodic(name, cron, function)
        return function

    return keep


def actors_from(actor_of: ActorOf) -> ActorOf:
    """Name the function that rebuilds an actor from a user id, with the roles of that moment."""
    _ACTORS[:] = [actor_of]
    return actor_of


def actor_for(connection: Connection, user_id: int | None) -> Actor:
    """The actor a job runs as: the one who asked, or the product itself when nobody did."""
    if user_id is None:
        return SERVICE
    if not _ACTORS:
        raise RegistryError("job.no_actors")
    return _ACTORS[0](connection, user_id)
