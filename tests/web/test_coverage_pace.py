"""The bar of a run that is computed: rate and what is left of the step, in both languages, once it was watched."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from infra_registry.access import SERVICE, Role
from infra_registry.db import Database
from tests.integration.radio_town import Town
from tests.web.site import Site
from tests.web.test_radio_form import form

pytestmark = pytest.mark.usefixtures("town")


def test_what_is_left_is_told_once_it_was_watched(database: Database, site: Site, town: Town) -> None:
    regulator = site.user("regina", (Role.REGULATOR, town.id))
    asked = regulator.post("/coverage/new/mobile", form(), form="/coverage/new/mobile")
    address = asked.headers["Location"] + "/progress"
    with database.use_case(SERVICE) as connection:
        connection.execute(
            text("""UPDATE job SET state = 'running', started_at = now(), step = 'radio.step.internal',
                      done = 40, total = 100 WHERE task = 'coverage.radio'""")
        )
    first = regulator.get(address).get_data(as_text=True)
    assert "step=radio.step.internal" in first
    assert "from=40" in first
    assert "left in this step" not in first
    minutes_ago = int(datetime.now(UTC).timestamp() * 1000) - 120_000
    seen = f"{address}?step=radio.step.internal&from=20&at={minutes_ago}"
    told = regulator.get(seen).get_data(as_text=True)
    assert "10 parts a minute; about 6 minutes left in this step." in told
    assert f"at={minutes_ago}" in told
    chinese = regulator.get(seen + "&lang=zh-Hans").get_data(as_text=True)
    assert "每分钟完成10份；本步约剩6分钟。" in chinese
