"""The features of the web, in the order of the side rail: module names, each with a ``feature``."""

FEATURES: tuple[str, ...] = (
    "web.views.home",
    "web.views.map",
    "web.views.tiles",
    "web.views.assets",
    "web.views.asset_forms",
    "web.views.imports",
    "web.views.coverage",
    "web.views.areas",
    "web.views.parties",
    "web.views.report",
    "web.views.cases",
    "web.views.account",
    "web.views.admin",
    "web.views.health",
    "web.api.assets",
    "web.api.areas",
    "web.api.parties",
)
