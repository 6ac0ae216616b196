"""The interface's ETag: one for each version and audience, and good for a change whoever's answer it came with."""

from pathlib import Path

from shapely.geometry import Point

from infra_registry.access import SERVICE, Role
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind
from infra_registry.assets.register import register
from infra_registry.config import Settings
from infra_registry.db import Database
from tests.web.site import TOKEN, Site


def test_a_tag_is_of_one_version_and_one_audience(database: Database, tmp_path: Path) -> None:
    site = Site(database, Settings(var_dir=tmp_path))
    with database.use_case(SERVICE) as connection:
        code = register(connection, [Draft(Kind.TOWER, "Mast", Point(116.6, 35.4))])[0].code
    path = f"/api/v1/assets/{code}"
    regulator, seeker = site.user("regina", (Role.REGULATOR, None)), site.user("seb", (Role.SEEKER, None))
    tags = [who.get(path).headers["ETag"] for who in (site.visitor(), seeker, regulator)]
    assert len(set(tags)) == 3
    assert site.visitor().get(path).headers["ETag"] == tags[0]
    assert all(tag.strip('"').startswith("1-") for tag in tags)
    found = TOKEN.search(regulator.get("/assets/new").get_data(as_text=True))
    assert found is not None
    headers = {"X-CSRF-Token": found.group(1), "Origin": "http://localhost"}

    def rename(name: str, tag: str) -> tuple[int, str]:
        sent = headers | {"If-Match": tag}
        answer = regulator.client.patch(path, json={"name": name}, headers=sent)
        return answer.status_code, answer.headers.get("ETag", "")

    status, after = rename("Renamed", tags[2])
    assert (status, after) == (200, regulator.get(path).headers["ETag"])
    assert after.strip('"') == "2-" + tags[2].strip('"').partition("-")[2]
    assert rename("Again", tags[2])[0] in (409, 412)
    assert rename("Again", '"x-2"')[0] == 412
    assert rename("Again", '"2"')[0] == 200
