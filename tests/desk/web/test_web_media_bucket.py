"""A film that lies in a bucket alone is sent by the part, once it is here."""

from __future__ import annotations

import shutil

from fastapi.testclient import TestClient

from desk.web.app import create_app
from pipeline.preservation.audit import recorded_artefacts
from pipeline.repository.store_migration import move_to_bucket
from pipeline.review.access import accounts
from pipeline.workflow.production import Production, open_home
from tests.desk.web.interview_film import SLUG


def test_a_film_is_sent_by_the_part_from_a_bucket(production: Production, tmp_path):
    nas = tmp_path / "nas"
    nas.mkdir()
    with (production.folder / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[store]\nurl = "file://{nas}"\n')
    opened = open_home(production.folder, production.stages, moving=True)
    with opened.ledger.read() as session:
        assert move_to_bucket(opened.store, f"file://{nas}", recorded_artefacts(session)) == []
    for folder in opened.store.folder.glob("??"):
        shutil.rmtree(folder)
    person = accounts.check_password(opened, "李编辑", "red hills white horses")
    assert person is not None
    client = TestClient(
        create_app(opened), base_url="http://localhost",
        cookies={"chifeng_session": accounts.open_session(opened, person_id=person.id)},
    )  # fmt: skip
    film = next(
        a for s in opened.states(f"{SLUG}/01") for a in (*s.outputs, *s.inputs)
        if a.kind == "picture"
    )  # fmt: skip
    where = f"/episode/{SLUG}/1/file/{film.sha256}"
    assert not film.place.exists()
    part = client.get(where, headers={"range": "bytes=100-199"})
    assert part.status_code == 206
    assert part.headers["content-range"] == f"bytes 100-199/{film.size_bytes}"
    assert part.content == (nas / film.sha256[:2] / film.place.name).read_bytes()[100:200]
    page = client.get(f"/episode/{SLUG}/1")
    assert page.status_code == 200
    shutil.rmtree(opened.store.folder / film.sha256[:2])
    nas.rename(tmp_path / "gone")
    assert client.get(where).status_code == 503
    opened.ledger.close()
