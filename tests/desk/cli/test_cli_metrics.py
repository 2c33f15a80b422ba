"""The figures by command line, and the reasons it offers."""

from __future__ import annotations

import typer

from desk.cli.commands import signoff

CUE = "1\n00:00:01,000 --> 00:00:02,000\n{}\n"


def _proofread(peopled, material) -> None:
    peopled(
        "deposit", "王桂兰", "contact_record", str(material("a.md", "王桂兰")), "--by", "赵制片"
    )
    peopled("produce", "王桂兰")
    peopled("sign", "王桂兰", "1", "--by", "赵制片")
    film = material("a.mp4", CUE.format("你好世界"))
    peopled("deposit", "王桂兰/1", "finished_cut", str(film), "--by", "钱导演")
    peopled("produce", "王桂兰/1")
    peopled("sign", "王桂兰/1", "4", "--by", "钱导演")
    peopled("produce", "王桂兰/1")


def test_the_figures_of_a_stage_and_of_a_person(peopled, material) -> None:
    _proofread(peopled, material)
    shown = peopled("figures", "--json")
    assert shown.code == 0, shown.err
    stages = {row["stage"]: row for row in shown.json["stages"]}
    assert stages["video_editing"]["first_pass_yield"] == 1.0
    assert stages["initial_proofreading"]["characters"] == 4
    people = {row["person"]: row for row in shown.json["people"]}
    assert people["钱导演"]["approvals"] == 1
    table = peopled("figures").out
    assert "100% (1/1)" in table
    assert "钱导演" in table


def test_a_reason_is_chosen_by_number_or_written(peopled, material, monkeypatch) -> None:
    _proofread(peopled, material)
    back = ("send-back", "王桂兰/1", "7", "--to", "7", "--by", "孙编辑", "--json")
    assert "reason is needed" in peopled(*back).err
    monkeypatch.setattr(signoff.sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(typer, "prompt", lambda _question: "1")
    assert '"reason": "错别字"' in peopled(*back).out
    peopled("produce", "王桂兰/1")
    monkeypatch.setattr(typer, "prompt", lambda _question: "第 3 分钟有杂音")
    assert '"reason": "第 3 分钟有杂音"' in peopled(*back).out


def test_the_weekly_report_is_written(peopled, tmp_path):
    answer = peopled("report", "--week", "2026-03-04", "--output", str(tmp_path / "r.html"))
    assert answer.code == 0
    assert "2026年03月02日" in (tmp_path / "r.html").read_text("utf-8")
    assert len(peopled("report").out.split()) == 2
    assert peopled("report", "--output", "r.pdf").code == 3
