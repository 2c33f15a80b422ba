"""That the production is paused stands on the board."""

from __future__ import annotations

from pipeline.workflow.production import Production
from pipeline.workflow.scheduling.pause import pause, resume
from tests.desk.web.test_web_review_decision import came


def test_the_board_says_who_paused_the_production(production: Production):
    client, _visitor = came(production, "李编辑")
    html = {"accept": "text/html"}
    assert "制作已暂停" not in client.get("/", headers=html).text
    pause(production, by="钱导演", reason="<检修>")
    page = client.get("/", headers=html).text
    assert "制作已暂停：钱导演" in page and "&lt;检修&gt;" in page
    resume(production, by="钱导演")
    assert "制作已暂停" not in client.get("/", headers=html).text
