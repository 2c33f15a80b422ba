"""The first stages in a real production: deposited at the door, performed, signed, refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from pipeline.core.files import read_json
from pipeline.errors import FormError, InputError, NotReadyError, SignOffError
from pipeline.kinds import KINDS
from pipeline.review.signoff import approve
from pipeline.stage import Role
from pipeline.workflow.executor import run_stage
from pipeline.workflow.ingest import deposits
from pipeline.workflow.production import Production, create_home
from pipeline.workflow.roster import add_episode, add_interviewee, add_person
from pipeline.workflow.status import Status
from stages import STAGES
from tests.stages.papers import CONSENT, CONTACT

SLUG = "wang-guilan"


@pytest.fixture
def production(tmp_path: Path) -> Iterator[Production]:
    """A home with one interviewee and one episode, and nothing deposited."""
    made = create_home(tmp_path / "home", STAGES)
    for name, role in (("赵制片", Role.PRODUCER), ("钱导演", Role.DIRECTOR)):
        add_person(made, name, [role])
    add_interviewee(made, SLUG, "王桂兰", field="culture")
    add_episode(made, SLUG, "放映队")
    yield made
    made.ledger.close()


def _bring(production: Production, kind: str, content: str | bytes, suffix: str) -> None:
    path = production.folder.parent / f"{kind}{suffix}"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    slug = SLUG if "interviewee" in KINDS[kind].deposit else f"{SLUG}/01"
    deposits.deposit(production, slug, KINDS[kind], path, "赵制片")


def _bring_all(production: Production, consent: str = CONSENT) -> None:
    _bring(production, "contact_record", CONTACT, ".yaml")
    _bring(production, "consent_form", b"%PDF-1.7\n%%EOF\n", ".pdf")
    _bring(production, "consent_terms", consent, ".yaml")


def _sign_outline(production: Production, film: Path) -> None:
    for number, person in (("1", "赵制片"), ("2", "钱导演")):
        run_stage(production, production.stage(number), SLUG)
        approve(production, SLUG, production.stage(number), person)
    deposits.deposit(production, SLUG, KINDS["camera_originals"], film, "赵制片")


def test_from_the_first_contact_to_a_signed_outline(production: Production, clip: Path) -> None:
    _bring_all(production)
    _sign_outline(production, clip)
    states = {state.stage.number: state for state in production.states(SLUG)}
    assert [states[n].status for n in (1, 2, 3)] == [Status.DONE, Status.DONE, Status.READY]


def test_a_consent_that_lacks_a_use_is_seen_and_not_signed(production: Production) -> None:
    _bring_all(production, CONSENT.replace("网站、图书", "图书"))
    made = run_stage(production, production.stage("1"), SLUG)
    (file,) = made.state.outputs
    assert read_json(file.path)["consent"]["uses"] == ["book"]
    with pytest.raises(SignOffError, match="does not cover: website"):
        approve(production, SLUG, production.stage("1"), "赵制片")


def test_consent_that_runs_out_stops_recording_and_says_why(
    production: Production, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = date(2099, 12, 31)
    _bring_all(production, CONSENT.replace("长期", last.isoformat()))
    _sign_outline(production, clip)
    for day, status in ((last, Status.READY), (date(2100, 1, 1), Status.REFUSED)):
        monkeypatch.setattr(Production, "today", lambda _self, day=day: day)
        state = next(s for s in production.states(SLUG) if s.stage.number == 3)
        assert state.status is status
    assert "expired after 2099-12-31" in state.reason
    with pytest.raises(NotReadyError, match="expired after 2099-12-31"):
        run_stage(production, production.stage("3"), SLUG)


@pytest.mark.parametrize(
    ("kind", "content", "suffix", "error"),
    [
        ("contact_record", "姓名: 王桂兰", ".yaml", FormError),
        ("contact_record", b"\x00\x01", ".md", FormError),
        ("consent_terms", CONSENT.replace("长期", "明年"), ".yaml", FormError),
        ("consent_form", b"hello", ".pdf", FormError),
        ("withholding_request", "- {从: 0:09, 到: 0:03, 原因: 家事}", ".yaml", FormError),
        ("outline_revision", b"", ".md", FormError),
        ("interviewee_correction", "no times", ".srt", InputError),
        ("finished_cut", b"not a film", ".mp4", InputError),
        ("camera_originals", b"", ".mov", InputError),
    ],
)
def test_what_cannot_be_used_is_refused_at_the_door_and_nothing_kept(
    production: Production, kind: str, content: str | bytes, suffix: str, error: type[InputError]
) -> None:
    before = sorted(p for p in production.folder.rglob("*") if "ledger" not in p.name)
    with pytest.raises(error) as caught:
        _bring(production, kind, content, suffix)
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    assert sorted(p for p in production.folder.rglob("*") if "ledger" not in p.name) == before
    assert all(not state.inputs for state in production.states(SLUG))
