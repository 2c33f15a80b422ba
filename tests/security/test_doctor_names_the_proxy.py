"""The doctor says where a desk behind a proxy would take all visitors for one."""

from __future__ import annotations

import pytest

from desk.cli.commands.admin.doctor import examine
from pipeline.workflow.production import Production


@pytest.mark.parametrize(("proxies", "named"), [("[]", False), ('["10.0.0.5"]', True)])
def test_a_proxy_that_is_not_named(production: Production, proxies: str, named: bool):
    with (production.folder / "settings.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[desk]\naddress = "https://desk.example"\nproxies = {proxies}\n')
    found = [check.found for check in examine(production.folder, production.stages)]
    assert any("is not named" in text for text in found) != named
