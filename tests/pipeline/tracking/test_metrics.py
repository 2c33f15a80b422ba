"""The figures are those of what happened."""

from __future__ import annotations

from pipeline.review.signoff import approve, send_back
from pipeline.tracking.metrics import compute_metrics
from pipeline.workflow.executor import advance

EPISODE = "wang-guilan/01"
_SRT = "1\n00:00:01,000 --> 00:00:03,000\n{}\n"


def test_yield_rework_and_corrections_are_counted(production, bring):
    bring("wang-guilan", "contact_record", "王桂兰")
    advance(production, "wang-guilan")
    approve(production, "wang-guilan", production.stage("1"), "赵制片")
    bring(EPISODE, "finished_cut", _SRT.format("你好事件大家早上好呀"))
    bring("wang-guilan", "contact_record", "王桂兰，八十五岁")
    advance(production, "wang-guilan")
    approve(production, "wang-guilan", production.stage("1"), "赵制片")
    advance(production, EPISODE)
    approve(production, EPISODE, production.stage("4"), "钱导演")
    advance(production, EPISODE)
    send_back(production, EPISODE, production.stage("7"), production.stage("7"), "孙编辑", "错字")
    bring(EPISODE, "proofreading_correction", _SRT.format("你好世界大家早上好呀"))
    advance(production, EPISODE)
    approve(production, EPISODE, production.stage("7"), "孙编辑")

    found = compute_metrics(production)
    proofreading = found.stages["initial_proofreading"]
    assert (proofreading.first_pass_yield, proofreading.send_backs) == (0.0, 1)
    assert proofreading.corrections_per_100 == 20.0
    assert found.stages["video_editing"].first_pass_yield == 1.0
    assert found.stages["preliminary_communication"].runs == 2
    assert found.people["孙编辑"].send_backs == 1
    assert found.people["赵制片"].approvals == 2
    assert proofreading.waiting_ms >= 0
    assert found.stages["final_revision"].first_pass_yield is None
