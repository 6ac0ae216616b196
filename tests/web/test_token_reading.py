"""A token reads no more than its scopes say: without one that reads, it sees what the public sees."""

import pytest

from infra_registry.access import SERVICE, Role
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.parties import login, record, store, tokens
from tests.web.site import Site
from tests.web.test_api_assets import POINT, send


class Office(Site):
    """The application and a carrier's duct, seen exactly by the carrier and as a cell by the public."""

    address: str

    def bearer(self, *scopes: str) -> dict[str, str]:
        """The header of a new token of the carrier."""
        actor = login.actor_of(self.database, "carrier")
        with self.database.use_case(actor) as connection:
            token = tokens.make(connection, actor, name="script", scopes=list(scopes), days=9)
        return {"Authorization": f"Bearer {token}"}

    def geometry(self, headers: dict[str, str]) -> object:
        """The asset's place as this reader gets it."""
        answer = self.visitor().get(self.address, headers=headers)
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()["geometry"]


@pytest.fixture
def site(database: Database, tmp_path) -> Office:
    office = Office(database, Settings(var_dir=tmp_path))
    with database.use_case(SERVICE) as connection:
        code = record.create(connection, SERVICE, {"name": "某运营企业", "kind": "carrier"})
        party_id = store.ids_of(connection, [code])[code]
    carrier = office.user("carrier", (Role.CARRIER_EDITOR, None), party_id=party_id)
    body = {"kind": "base_station", "name": "B", "geometry": POINT}
    answer = send(carrier, "post", "/api/v1/assets", body)
    assert answer.status_code == 201, answer.get_json()
    office.address = answer.headers["Location"]
    return office


def test_without_a_reading_scope_a_token_reads_as_the_public(site: Office) -> None:
    public = site.geometry({})
    assert public != POINT
    for scopes in ((), ("asset.edit",), ("asset.create", "jobs.read")):
        assert site.geometry(site.bearer(*scopes)) == public
    assert site.geometry(site.bearer("own.read")) == POINT


@pytest.mark.parametrize("path", ["/api/v1/assets", "/assets.csv"])
def test_lists_and_files_say_the_same_to_such_a_token_and_to_the_public(site: Office, path: str) -> None:
    public = site.visitor().get(path).get_data(as_text=True)
    assert site.visitor().get(path, headers=site.bearer("asset.edit")).get_data(as_text=True) == public
    assert site.visitor().get(path, headers=site.bearer("own.read")).get_data(as_text=True) != public


def test_what_is_written_is_not_read_back(site: Office) -> None:
    writer, reader = site.bearer("asset.edit"), site.bearer("asset.edit", "own.read")
    client = site.visitor().client
    bodies = []
    for headers in (writer, reader):
        tag = client.get(site.address, headers=reader).headers["ETag"]  # the public learns no version
        answer = client.patch(site.address, json={"name": "B2"}, headers={**headers, "If-Match": tag})
        assert answer.status_code == 200, answer.get_json()
        bodies.append(answer.get_json())
    assert bodies[0]["geometry"] is None
    assert set(bodies[0]["properties"]) == {"version", "href"}
    assert bodies[1]["geometry"] == POINT


def test_a_scope_that_reads_opens_what_it_names_and_forms_stay_shut(site: Office) -> None:
    history, editing = site.bearer("asset.history"), site.bearer("asset.edit", "asset.create")
    client = site.visitor().client
    assert client.get(f"{site.address}/history", headers=history).status_code == 200
    assert client.get(f"{site.address}/history", headers=editing).status_code == 403
    code = site.address.rsplit("/", 1)[1]
    for path in (f"/assets/{code}/edit", "/assets/new"):
        answer = client.get(path, headers=editing)
        assert answer.status_code == 403
        assert "own.read" not in answer.get_data(as_text=True)
