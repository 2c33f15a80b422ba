"""The form beside a suspended run says what to look at and offers who may sign."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError
from toys import at_the_cut

from flows.signoff_gate import APPROVE, Nothing, form
from flows.subject_status import subject_status
from flows.views.markdown import describe, report
from pipeline.review.signoff import approve
from pipeline.stage import Role
from pipeline.workflow.roster import add_person
from pipeline.workflow.scheduling.pause import pause

EPISODE = "wang-guilan/01"


@pytest.fixture
def at_gate(production, bring):
    """The toy episode waits for the director at stage 4."""
    return at_the_cut(production, bring)


def look(production, slug=EPISODE):
    return subject_status(production, production.states(slug))


def test_the_form_offers_those_who_may_sign_and_the_stages_before(at_gate):
    schema = form(at_gate, look(at_gate)).model_json_schema()
    assert schema["properties"]["signer"]["enum"] == ["李编辑", "钱导演"]
    assert schema["properties"]["send_back_to"]["enum"] == ["", "04 视频剪辑", "01 前期沟通"]
    assert schema["required"] == ["decision", "signer"]


def test_an_empty_form_approves_nothing(at_gate):
    with pytest.raises(ValidationError):
        form(at_gate, look(at_gate))()
    form(at_gate, look(at_gate))(decision=APPROVE, signer="钱导演")


def test_where_nothing_is_to_be_signed_the_form_is_empty(production):
    assert form(production, look(production)) is Nothing


def test_the_description_names_files_people_and_the_other_doors(at_gate):
    text = describe(at_gate, look(at_gate), "not you")
    path = str(at_gate.states(EPISODE)[0].outputs[0].path)
    for part in ("not you", "04 Video editing", "钱导演", path, f"chifeng sign {EPISODE} 4"):
        assert part in text


def test_missing_material_is_described_with_what_is_accepted(at_gate):
    text = describe(at_gate, look(at_gate, "wang-guilan/02"))
    assert "finished_cut" in text
    assert ".mxf" in text


def test_the_report_has_a_row_per_stage(at_gate):
    text = report(at_gate, look(at_gate))
    assert sum(line.startswith(("| 04", "| 06", "| 07", "| 12")) for line in text.splitlines()) == 4


def test_in_chinese_all_of_it_is_chinese(at_gate, monkeypatch):
    monkeypatch.setenv("CHIFENG_LANG", "zh")
    now = look(at_gate)
    assert now.words == "04 视频剪辑：待导演签字（李编辑、钱导演）"
    assert now.tags == ["id:wang-guilan/01", "王桂兰", "第1期", "文化", "待导演签"]
    assert form(at_gate, now).model_json_schema()["properties"]["signer"]["title"] == "签字人"


def test_the_digest_changes_with_what_is_to_be_done_and_by_whom(at_gate, bring):
    first = look(at_gate).digest
    assert look(at_gate).digest == first
    add_person(at_gate, "周导演", [Role.DIRECTOR])
    second = look(at_gate).digest
    bring(EPISODE, "finished_cut", "another")
    assert len({first, second, look(at_gate).digest}) == 3


def test_the_digest_does_not_depend_on_the_language(at_gate, monkeypatch):
    english = look(at_gate).digest
    monkeypatch.setenv("CHIFENG_LANG", "zh")
    assert look(at_gate).digest == english


def test_the_form_that_begins_a_run_says_what_to_give_it():
    from flows.production import produce_episode, produce_interviewee

    for produce, title in ((produce_interviewee, "受访者"), (produce_episode, "分集")):
        parameter = produce.parameters.properties["subject"]
        assert parameter["title"] == title
        assert "wang-guilan" in parameter["description"]
        assert produce.parameters.required == ["subject"]


def test_lists_show_at_a_glance_what_waits_for_whom_since_when(at_gate, monkeypatch):
    monkeypatch.setenv("CHIFENG_LANG", "zh")
    now = look(at_gate)
    assert re.fullmatch(
        r"王桂兰 · 01 童年 ｜ 04 视频剪辑 待导演签（李编辑、钱导演） \d\d-\d\d \d\d:\d\d 起",
        now.headline,
    )
    missing = look(at_gate, "wang-guilan/02")
    assert (
        "王桂兰 · 02 进城 ｜ 04 视频剪辑 待交材料" in missing.headline or "材料" in missing.headline
    )
    approve(at_gate, EPISODE, at_gate.stage("4"), "钱导演")
    assert look(at_gate).headline == "王桂兰 · 01 童年"
    assert look(at_gate).tags == ["id:wang-guilan/01", "王桂兰", "第1期", "文化"], "it is at work"


def test_a_pause_is_said_beside_the_form(at_gate):
    pause(at_gate, by="钱导演", reason="服务器检修")
    assert "paused: 钱导演" in describe(at_gate, look(at_gate))


def test_the_forms_of_errands_say_in_chinese_what_to_give_them():
    from flows.operator_flows import ERRANDS
    from flows.sync.flow_runs import ERRANDS as NAMES

    assert [each.name for each in ERRANDS] == list(NAMES.values())
    for each in ERRANDS:
        for parameter in each.parameters.properties.values():
            assert re.search("[一-鿿]", parameter["title"] + parameter["description"])
        assert re.search("[一-鿿]", each.description)
