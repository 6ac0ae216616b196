"""What a worker loads: modules that register tasks, periodic work and the maker of actors."""

WORKER_MODULES: tuple[str, ...] = (
    "infra_registry.parties.actors",
    "infra_registry.cli.periodic",
    "infra_registry.exchange.checking",
    "infra_registry.exchange.accepting",
    "infra_registry.exchange.undoing",
    "infra_registry.coverage.wifi.run_life",
    "infra_registry.coverage.radio.run",
    "infra_registry.duties.judging.work",
    "infra_registry.duties.inforce.law_work",
)
