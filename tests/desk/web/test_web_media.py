"""The files of an episode go to whom they belong, by byte ranges, and do no harm where opened."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from desk.web.app import create_app
from pipeline.repository.records import find_subject, load_records
from pipeline.review.access import accounts
from pipeline.stage import Artefact
from pipeline.workflow.production import Production
from tests.desk.web.interview_film import SLUG


@pytest.fixture(scope="module")
def production(shared_production: Production) -> Production:
    return shared_production


@pytest.fixture(scope="module")
def clients(production: Production) -> dict[str, TestClient]:
    """An editor, the interviewee with an account, and whoever came by the link of episode 4."""
    app = create_app(production)
    link = accounts.make_link(production, f"{SLUG}/04", by="赵制片")
    tokens = {"link": accounts.enter_by_link(production, link.token, link.code)}
    for name in ("李编辑", "王桂兰"):
        person = accounts.check_password(production, name, "red hills white horses")
        assert person is not None
        tokens[name] = accounts.open_session(production, person_id=person.id)
    return {
        name: TestClient(app, base_url="http://localhost", cookies={"chifeng_session": token})
        for name, token in tokens.items()
    }


def artefact(production: Production, number: int, kind: str) -> Artefact:
    states = production.states(f"{SLUG}/{number:02d}")
    return next(a for s in states for a in (*s.outputs, *s.inputs) if a.kind == kind)


def address(production: Production, number: int, kind: str) -> str:
    return f"/episode/{SLUG}/{number}/file/{artefact(production, number, kind).sha256}"


def test_a_film_is_sent_by_the_part(production: Production, clients):
    film = artefact(production, 1, "picture")
    where = address(production, 1, "picture")
    part = clients["李编辑"].get(where, headers={"range": "bytes=100-199"})
    assert part.status_code == 206 and part.headers["content-type"] == "video/mp4"
    assert part.headers["content-range"] == f"bytes 100-199/{film.size_bytes}"
    assert part.content == film.path.read_bytes()[100:200]
    assert clients["李编辑"].get(where, headers={"range": "bytes=-1-"}).status_code in (400, 416)


def test_text_is_shown_where_it_can_do_nothing(production: Production, clients):
    for kind in ("proofread_subtitles", "doubts", "words"):
        answer = clients["李编辑"].get(address(production, 1, kind))
        assert answer.status_code == 200
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["content-disposition"].startswith("inline")
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_document_is_downloaded_under_a_name_people_read(production: Production, clients):
    answer = clients["李编辑"].get(address(production, 4, "interviewee_sheet"))
    assert answer.headers["content-disposition"].startswith(
        "attachment; filename*=utf-8''%E5%8F%97"
    )
    shown = clients["李编辑"].get(address(production, 1, "picture") + "?download=1")
    assert shown.headers["content-disposition"].startswith("attachment")


def test_an_earlier_version_can_still_be_had(production: Production, clients):
    with production.ledger.read() as session:
        own, _parent = load_records(session, find_subject(session, f"{SLUG}/06"))
    for run in own.runs:
        for output in run.outputs:
            where = f"/episode/{SLUG}/06/file/{output.sha256}"
            assert clients["李编辑"].get(where).status_code == 200, output.kind


def test_what_belongs_to_another_episode_or_to_nobody_is_not_there(production: Production, clients):
    video = artefact(production, 3, "verification_report").sha256
    assert artefact(production, 1, "picture")  # the episodes share a film, not their reports
    for sha256 in (video, "0" * 64, "0" * 63, "%2e%2e%2fledger.sqlite"):
        assert clients["李编辑"].get(f"/episode/{SLUG}/1/file/{sha256}").status_code == 404, sha256
    assert clients["李编辑"].get(f"/episode/{SLUG}/99/file/{video}").status_code == 404
    assert clients["李编辑"].get(f"/episode/nobody/1/file/{video}").status_code == 404


@pytest.mark.parametrize("who", ["link", "王桂兰"])
def test_an_interviewee_gets_what_stage_10_shows_and_nothing_clean(
    production: Production, clients, who: str
):
    for kind in ("subtitled_video", "captions", "proofread_subtitles", "interviewee_sheet"):
        assert clients[who].get(address(production, 4, kind)).status_code == 200, kind
    for kind in ("picture", "speech_audio", "verification_report", "camera_originals", "words"):
        assert clients[who].get(address(production, 4, kind)).status_code == 403, kind
    assert clients[who].get(f"/episode/{SLUG}/4/peaks").status_code == 403


def test_a_link_opens_its_own_episode_only(production: Production, clients):
    assert clients["link"].get(address(production, 5, "subtitled_video")).status_code == 403
    assert clients["link"].get(address(production, 7, "master")).status_code == 403


def test_peaks_are_those_of_the_episodes_sound(production: Production, clients):
    told = clients["李编辑"].get(f"/episode/{SLUG}/1/peaks").json()
    assert told["bits"] == 8 and len(told["data"]) == 2 * told["length"] > 1000
    assert clients["李编辑"].get(f"/episode/{SLUG}/8/peaks").json()["length"] == 0
