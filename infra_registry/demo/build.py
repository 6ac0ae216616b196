"""A whole sample city, planned before anything is written. Pure: equal data files and shapes give equal plans."""

from dataclasses import dataclass, replace

from shapely.geometry.base import BaseGeometry

from infra_registry.assets.kinds import Kind, Status
from infra_registry.demo import buildings, classes, estates, hosts, street, underground
from infra_registry.demo.ground import Ground
from infra_registry.demo.outposts import Outpost, outpost
from infra_registry.demo.plan import OCCUPIABLE, Planned
from infra_registry.demo.samples import City, District
from infra_registry.demo.works import Dwellers, PlannedWorks, dwellers, scene, works

UNDER_WAY = (Status.PLANNED, Status.BUILDING)
DEPENDENT = (Kind.BASE_STATION, Kind.WIFI_ZONE)


@dataclass(frozen=True, slots=True)
class CityPlan:
    """Everything of a city; ``hosts`` are registered before the ``tenants`` that stand on them."""

    hosts: tuple[Planned, ...]
    tenants: tuple[Planned, ...]
    works: tuple[PlannedWorks, ...]
    dwellers: tuple[Dwellers, ...]
    outposts: tuple[Outpost, ...] = ()

    @property
    def assets(self) -> tuple[Planned, ...]:
        """Hosts and tenants."""
        return self.hosts + self.tenants


def build(city: City, shapes: dict[str, BaseGeometry]) -> CityPlan:
    """Plan a city inside the shapes of its districts, given by code."""
    assets: list[Planned] = []
    under_way: list[PlannedWorks] = []
    people: list[Dwellers] = []
    villages: list[Outpost] = []
    shares = {what: city.shares(what) for what in city.counts}
    for district in city.districts:
        here = {what: share[district.code] for what, share in shares.items()}
        projects = works(Ground(city, district, shapes[district.code], "works"), here["project"])
        built = _assets(city, district, shapes[district.code], here, projects)
        ground = Ground(city, district, shapes[district.code], "scenes")
        planned_works = [scene(ground, item) for item in city.scenes.works if item.district == district.code]
        for work in planned_works:
            _belong(work, built)
        here_too = Ground(city, district, shapes[district.code], "outposts")
        scenes = [item for item in city.scenes.outposts if item.district == district.code]
        villages += [outpost(here_too, item, number) for number, item in enumerate(scenes, start=1)]
        assets += built
        under_way += projects + planned_works
        people += dwellers(Ground(city, district, shapes[district.code], "people"), here["inhabited"])
    classes.spread(assets)
    assets += [item.building for item in villages]
    people += [work for item in villages for work in item.dwellers]
    return CityPlan(
        tuple(item for item in assets if not _dependent(item)),
        tuple(item for item in assets if _dependent(item)),
        tuple(under_way),
        tuple(people),
        tuple(villages),
    )


def _dependent(item: Planned) -> bool:
    return item.draft.kind in DEPENDENT or item.host is not None


def _assets(
    city: City,
    district: District,
    shape: BaseGeometry,
    counts: dict[str, int],
    projects: list[PlannedWorks],
) -> list[Planned]:
    def ground(topic: str) -> Ground:
        return Ground(city, district, shape, topic)

    houses = buildings.buildings(ground("buildings"), counts["public_building"])
    assets = [
        *hosts.towers(ground("towers"), counts["tower"]),
        *street.poles(ground("poles"), counts["pole"], counts["station_pole"]),
        *underground.routes(ground("routes"), counts["route"]),
        *underground.overhead(ground("overhead"), counts.get("overhead_cable", 0)),
        *houses,
        *buildings.zones(ground("zones"), counts["wifi_zone"], houses),
        *estates.premises(ground("premises"), counts["premises"]),
        *estates.rooms(ground("rooms"), counts["room"]),
    ]
    pending = [item for item in assets if item.draft.status in UNDER_WAY]
    for project, item in zip(projects, pending, strict=False):
        item.project = project.ref
    return assets


def _belong(works: PlannedWorks, assets: list[Planned]) -> None:
    """Give works the assets they take: free ones of the kind, in the status the scene wants."""
    takes = works.scene.takes
    if takes is None:
        return
    kind, status = Kind(takes.kind), Status(takes.status)
    free = [
        item
        for item in assets
        if item.draft.kind is kind
        and item.project is None
        and (status in OCCUPIABLE or all(holding.tenant is None for holding in item.holdings))
        and takes.laying in (None, item.draft.fields.get("laying"))
    ]
    for item in free[: takes.count]:
        item.project = works.ref
        item.draft = replace(item.draft, status=status)
        item.holdings = item.holdings if status in OCCUPIABLE else []
