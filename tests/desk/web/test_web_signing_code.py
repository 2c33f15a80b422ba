"""The page on which the crew ask for a one-time code for a form in Prefect."""

from __future__ import annotations

import re

from pipeline.review.signing_codes import redeem_code
from pipeline.workflow.executor import state_of
from pipeline.workflow.production import Production
from tests.desk.web.interview_film import SLUG
from tests.desk.web.test_web_review_decision import came

REVIEWED = f"{SLUG}/06"
PAGE = f"/episode/{SLUG}/06/stage/11/code"
HTML = {"accept": "text/html"}


def test_who_may_sign_gets_a_code_that_works(production: Production):
    client, _visitor = came(production, "吴馆长")
    assert PAGE in client.get(f"/episode/{SLUG}/06", headers=HTML).text
    assert "<button" in client.get(PAGE, headers=HTML).text
    page = client.post(PAGE, headers=HTML)
    (code,) = re.findall(r"\b\d{4} \d{4}\b", page.text)
    state = state_of(production, REVIEWED, production.stage("11"))
    with redeem_code(production, state, "吴馆长", code):
        pass


def test_who_may_not_sign_is_told_so_and_gets_none(production: Production):
    client, _visitor = came(production, "李编辑")
    assert PAGE not in client.get(f"/episode/{SLUG}/06", headers=HTML).text
    assert "李编辑" in client.get(PAGE, headers=HTML).text
    assert client.post(PAGE, headers=HTML).status_code == 409
