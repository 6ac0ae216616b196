"""Writing the scenes of a sample city that the law is asked about: zones, lists of key areas, answers, evidence."""

from datetime import timedelta

from shapely.geometry import Polygon
from sqlalchemy import Connection

from infra_registry.access import SERVICE
from infra_registry.areas import AreaDraft, SourceDraft
from infra_registry.areas import store as areas
from infra_registry.areas.ground_store import day_of
from infra_registry.assets.kinds import Kind, Status
from infra_registry.demo.build import CityPlan
from infra_registry.demo.ground import Ground
from infra_registry.demo.plan import Planned, sample_code
from infra_registry.demo.samples import City, names
from infra_registry.demo.scenes import KeyList, KeyPlace, OpeningScene
from infra_registry.duties.answers import evidence, ledger, opening
from infra_registry.duties.answers.evidence import Shown
from infra_registry.duties.answers.opening_checks import Act
from infra_registry.duties.answers.opening_rule import Rule, rules
from infra_registry.duties.inforce.law import Law
from infra_registry.duties.key_lists import key_areas
from infra_registry.duties.key_lists.key_area_reading import Issued, Listed, Sheet
from infra_registry.duties.letters import campaigns
from infra_registry.duties.letters.campaign_choice import Choice, preview
from infra_registry.errors import RegistryError
from infra_registry.formats.crs import WGS84
from infra_registry.rules.model import SubjectKind

OPEN = "P1"


def write_zones(connection: Connection, city: City, city_id: int) -> None:
    """The special zones a rulebook names, as areas of their own below the city."""
    if not city.scenes.zones:
        return
    source_id = areas.put_source(
        connection,
        SourceDraft(
            code=f"sample-zones-{city.code}",
            title=f"{names()['mark']['zh']}功能区轮廓：{city.name}",
            provider="infra-registry",
            note="手绘示意轮廓，并非真实边界 / drawn by hand, no real boundary, not an approved map",
            sample=True,
        ),
    )
    for number, zone in enumerate(city.scenes.zones, start=1):
        draft = AreaDraft(
            "zone", f"sample-{city.code}-{number}", zone.name, "zone", zone.name_en, city_id, source_id
        )
        area_id = areas.put_area(connection, draft)
        areas.put_boundary(connection, area_id, Polygon(zone.outline), source_id=source_id)


def write_lists(connection: Connection, city: City, plan: CityPlan, grounds: dict[str, Ground]) -> None:
    """The dated lists of key public areas, the oldest first."""
    for item in sorted(city.scenes.key_lists, key=lambda key_list: key_list.issued_on):
        sheet = Sheet(
            WGS84, len(item.places), Issued(item.title, item.issued_by, item.issued_on, item.ends_on)
        )
        sheet.areas = [
            _place(city, plan, grounds, (item, place, number))
            for number, place in enumerate(item.places, start=1)
        ]
        done = key_areas.load(connection, SERVICE, city.code, sheet, sample=True)
        if not done.written:
            raise RegistryError("demo.key_list", title=item.title, value=done.findings[0].value)


def _place(
    city: City, plan: CityPlan, grounds: dict[str, Ground], listed: tuple[KeyList, KeyPlace, int]
) -> Listed:
    item, place, number = listed
    ground = grounds[place.district]
    free = [zone for zone in plan.tenants if _serves(zone) and f"/{place.district}/" in zone.ref]
    if place.zone and len(free) >= place.zone:
        centre = free[place.zone - 1].draft.geometry.centroid
        spot = (centre.x, centre.y)
    else:
        spot = ground.shifted(ground.shifted(ground.seat, 0, place.north_m), 1.5707963, place.east_m)
    code = sample_code("key_area", f"{city.code}/{item.issued_on}/{number}")
    return Listed(number, place.name, place.part, ground.block(spot, 160, 110), code)


def _serves(zone: Planned) -> bool:
    draft = zone.draft
    return draft.kind is Kind.WIFI_ZONE and draft.status is Status.IN_USE and bool(draft.fields.get("free"))


def write_answers(connection: Connection, law: Law, city: City, plan: CityPlan, ids: dict[str, int]) -> None:
    """Requests and answers about opening, and what was shown about the buildings asked for."""
    apart = {item.building.ref for item in plan.outposts}
    buildings = sorted(
        (
            item
            for item in plan.hosts
            if item.draft.kind is Kind.PUBLIC_BUILDING and _open_to_all(item) and item.ref not in apart
        ),
        key=lambda item: str(item.draft.code),
    )
    spoken = rules(connection, law, [ids[item.ref] for item in buildings], city.as_of)
    left, requested = list(buildings), []
    for scene in city.scenes.openings:
        fits = [item for item in left if _fits(scene, spoken.get(ids[item.ref]))][: scene.count]
        left = [item for item in left if item not in fits]
        _record(connection, law, scene, [str(item.draft.code) for item in fits])
        requested += fits if scene.asked_by else []
    for village in plan.outposts:
        if village.scene.opening is not None:
            _record(connection, law, village.scene.opening, [str(village.building.draft.code)])
    for shown in city.scenes.evidence:
        for item in requested[: shown.count]:
            statement = Shown(shown.fact, shown.holds, shown.basis, shown.known_on)
            evidence.show(connection, SERVICE, SubjectKind.ASSET, str(item.draft.code), [statement])


def _open_to_all(item: Planned) -> bool:
    return item.draft.status is Status.IN_USE and item.draft.access_class in (None, OPEN)


def _fits(scene: OpeningScene, rule: Rule | None) -> bool:
    """A refusal needs a duty with that ground, an exemption that exception; a holder declines where none binds."""
    if scene.act == "refused":
        return rule is not None and rule.binding and scene.ground in rule.grounds
    if scene.act == "exempted":
        return rule is not None and scene.ground in rule.exceptions
    if scene.act == "declined":
        return rule is None or not rule.binding
    return True


def _record(connection: Connection, law: Law, scene: OpeningScene, codes: list[str]) -> None:
    if not codes:
        return
    if scene.asked_by:
        asker = f"SAMPLE-{scene.asked_by.upper()}"
        requests = [Act(code, "asked", scene.asked_on, scene.wanted, asker=asker) for code in codes]
        opening.record(connection, law, SERVICE, requests)
    if scene.act:
        answer = {"ground": scene.ground, "evidence": scene.evidence, "person": scene.person}
        terms = scene.wanted if scene.act == "offered" else ""
        answers = [Act(code, scene.act, scene.on, terms, **answer) for code in codes]
        opening.record(connection, law, SERVICE, answers)


def write_target(connection: Connection, city: City, city_id: int) -> None:
    """The city's own target for answers, marked as a sample."""
    if city.scenes.target_days:
        ledger.set_target(connection, SERVICE, city_id, city.scenes.target_days, names()["basis"]["target"])


def write_campaigns(connection: Connection, law: Law, city: City) -> None:
    """Campaigns to bodies that control public buildings, their letters sent; after the duties are known."""
    for campaign in city.scenes.campaigns:
        choice = Choice(city.code, venue=campaign.venue, unsure=True, again=True)
        plan = preview(connection, law, choice)
        owners, today = [owner.party.code for owner in plan.owners], day_of(connection, plan.basis.city.id)
        if not owners:
            continue
        due = today + timedelta(days=campaign.link_days)
        draft = campaigns.Draft(
            campaign.title, campaign.sender, campaign.contact, campaign.words, due, campaign.link_days
        )
        code = campaigns.make(connection, law, SERVICE, choice, draft, owners=owners)
        numbers = [
            row.code for row in campaigns.letters(connection, campaigns.read(connection, SERVICE, code))
        ]
        campaigns.issue(connection, SERVICE, code, numbers, channel="letter", reminder=False)
        campaigns.mark(connection, SERVICE, code, [(number, "delivered", today) for number in numbers])
        if campaign.closed:
            campaigns.close(connection, SERVICE, code)
