"""A short phase in which three things go wrong; `./run chaos` has many more."""

from __future__ import annotations

import pytest

from chaos import faults
from chaos.phase import phase
from chaos.production import made

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]


def test_all_is_done_once_and_nothing_lost(tmp_path, postgresql, monkeypatch):
    monkeypatch.setenv("PGHOST", str(postgresql.folder))
    production = made(tmp_path, postgresql)
    with phase(production, postgresql, seed=7) as going:
        going.crew.take_on("wang-guilan", 2)
        for fault in (faults.cut_wire, faults.kill_one, faults.stop_one):
            fault(going)
        going.settle()
        assert going.crew.signed.total() >= 7
    production.ledger.close()
