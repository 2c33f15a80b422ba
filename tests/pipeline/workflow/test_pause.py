"""The whole production is paused and goes on, in the ledger, so that everybody sees it."""

from __future__ import annotations

import pytest

from pipeline.errors import NotReadyError
from pipeline.workflow.scheduling.pause import current_pause, pause, require_not_paused, resume
from pipeline.workflow.scheduling.requests import ledger_version


@pytest.fixture
def place() -> str:
    """In SQLite alone: nothing here depends on the database."""
    return ""


def test_paused_once_and_resumed_once(production):
    assert current_pause(production) is None
    require_not_paused(production)
    assert not resume(production, by="钱导演")
    before = ledger_version(production)
    assert pause(production, by="钱导演", reason="服务器检修")
    assert ledger_version(production) != before, "whoever follows the ledger sees it"
    assert not pause(production, by="赵制片")
    found = current_pause(production)
    assert found is not None and (found.by, found.reason) == ("钱导演", "服务器检修")
    with pytest.raises(NotReadyError, match="paused: 钱导演"):
        require_not_paused(production)
    assert resume(production, by="赵制片")
    assert current_pause(production) is None
