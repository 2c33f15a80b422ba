"""Signing together, for each other and on paper, sending back and reopening, by command line."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from derivations import derivations

from desk.cli.commands import signoff

CUE = "1\n00:00:01,000 --> 00:00:03,000\n{}\n"
EPISODE = "王桂兰/1"


@pytest.fixture
def drafted(peopled, material: Callable[[str, str], Path]):
    """The toy episode at the gate of its proofreading."""
    record, film = material("a.md", "王桂兰"), material("a.mp4", CUE.format("我是演圆"))
    peopled("person", "add", "李编辑", "--role", "editor", "--role", "director")
    peopled("deposit", "王桂兰", "contact_record", str(record), "--by", "赵制片")
    peopled("deposit", EPISODE, "finished_cut", str(film), "--by", "钱导演")
    for stage, subject, person in (("1", "王桂兰", "赵制片"), ("4", EPISODE, "钱导演")):
        peopled("produce", "王桂兰")
        assert peopled("sign", subject, stage, "--by", person).code == 0
    peopled("produce", "王桂兰")
    return peopled


@pytest.fixture
def released(drafted):
    """The toy episode, released."""
    for stage, person in (("7", "孙编辑"), ("12", "钱导演")):
        assert drafted("sign", EPISODE, stage, "--by", person).code == 0
        drafted("produce", "王桂兰")
    return drafted


def test_a_signature_derives_the_status_twice_and_the_last_one_three_times(drafted) -> None:
    """For what is shown, inside the signing transaction, and for the release."""
    for stage, person, times in (("7", "孙编辑", 2), ("12", "钱导演", 3)):
        with derivations() as slugs:
            assert drafted("sign", EPISODE, stage, "--by", person).code == 0
        assert slugs == ["wang-guilan/01"] * times
        drafted("produce", "王桂兰")


def effects(chifeng, *words: str) -> dict[str, tuple[str, str]]:
    steps = chifeng("plan", EPISODE, *words, "--json").json
    return {s["stage"]: (s["work"], s["signature"]) for s in steps}


def test_reopening_shows_first_what_it_will_cause(released, monkeypatch) -> None:
    back = ("send-back", EPISODE, "12", "--to", "7", "--by", "钱导演", "--reason", "地名有误")
    expected = effects(released, "--to", "7")
    assert expected["initial_proofreading"] == ("runs", "lapses")
    assert expected["final_revision"] == ("if changed", "if changed")
    monkeypatch.setattr(signoff.sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(typer, "confirm", _refusing)
    refused = released(*back)
    assert refused.code != 0
    assert "Signatures that stay: 04 Video editing (钱导演)." in refused.out
    assert "lapses" in refused.out
    assert "地名有误" not in released("history", EPISODE).out, "nothing was done"
    assert released(*back, "--yes").code == 0
    assert "sent 07 Initial proofreading back" in released("history", EPISODE).out
    released("produce", "王桂兰")
    assert released("sign", EPISODE, "7", "--by", "孙编辑", "--yes").code == 0
    board = released("status", EPISODE, "--json").json["subjects"][-1]["stages"]
    assert [s["status"] for s in board] == ["done"] * 4, "the same bytes: it is released again"


def _refusing(_question: str, **_options: object) -> None:
    raise typer.Abort


def test_a_deposit_can_be_planned_and_a_send_back_to_the_interviewee_shows_all(released) -> None:
    released(
        "send-back", EPISODE, "12", "--to", "7", "--by", "钱导演", "--reason", "错字", "--json"
    )
    planned = effects(released, "--deposit", "初校改稿")
    assert planned["video_editing"] == ("keeps", "keeps")
    assert planned["initial_proofreading"][0] == "runs"
    shown = released("plan", EPISODE, "--to", "1").out
    assert "wang-guilan/01" in shown
    assert "Subject" in shown


def test_two_must_sign(released, tmp_path: Path) -> None:
    released(
        "send-back", EPISODE, "12", "--to", "12", "--by", "钱导演", "--reason", "错字", "--json"
    )
    with (tmp_path / "home" / "settings.toml").open("a", encoding="utf-8") as file:
        file.write("[roles.stage.final_revision]\nroles = ['director']\ndays = 5\nsignatures = 2\n")
    released("produce", "王桂兰")
    assert released("sign", EPISODE, "12", "--by", "钱导演").code == 0
    shown = released("show", EPISODE, "12").out
    assert "1 of 2 signatures: 钱导演" in shown
    again = released("sign", EPISODE, "12", "--by", "钱导演")
    assert again.code == 4
    assert "already signed by 钱导演" in again.err
    shutil.rmtree(tmp_path / "home" / "released" / "0001 王桂兰")
    folder = tmp_path / "home" / "released" / "0001 王桂兰" / "01 童年"
    assert f"Released: {folder}" in released("sign", EPISODE, "12", "--by", "李编辑").err
    assert [path.name for path in folder.iterdir()] == ["out.mp4"]


def test_a_deputy_signs_only_in_the_period(drafted) -> None:
    for period in (("--from", "2001-01-01", "--until", "2001-02-01"),
                   ("--from", "2998-01-01", "--until", "2999-01-01")):  # fmt: skip
        assert drafted("deputise", "孙编辑", "钱导演", *period, "--reason", "出差").code == 0
        assert "may not sign" in drafted("sign", EPISODE, "7", "--by", "钱导演").err
    drafted("deputise", "孙编辑", "钱导演", "--until", "2999-01-01", "--reason", "出差")
    assert drafted("sign", EPISODE, "7", "--by", "钱导演").code == 0
    assert "代 孙编辑" in drafted("history", EPISODE).out


def test_a_paper_is_registered_by_one_and_confirmed_by_another(
    drafted, material: Callable[[str, str], Path], tmp_path: Path
) -> None:
    with (tmp_path / "home" / "settings.toml").open("a", encoding="utf-8") as file:
        file.write("[roles.stage.initial_proofreading]\nroles = ['interviewee']\ndays = 7\n")
    scan = str(material("签字.pdf", "%PDF-1.4 scan"))
    refused = drafted("paper", "register", EPISODE, "7", scan, "--by", "孙编辑")
    assert refused.code == 4 and "foot of each page" in refused.err
    (shown,) = drafted("show", EPISODE, "7", "--json").json
    made = {a["kind"]: a["sha256"] for a in shown["outputs"]}
    register = ("paper", "register", EPISODE, "7", scan, "--by", "孙编辑", "--number")
    assert "signed other words" in drafted(*register, "00000000").err
    assert drafted(*register, made["proofread_subtitles"][:8]).code == 0
    shown = drafted("show", EPISODE, "7").out
    assert "confirm the signature that 孙编辑" in shown
    assert "must confirm it." in shown
    same = drafted("paper", "confirm", EPISODE, "7", "--by", "孙编辑")
    assert same.code == 4
    assert "somebody else must confirm" in same.err
    assert drafted("paper", "confirm", EPISODE, "7", "--by", "李编辑").code == 0
    told = drafted("history", EPISODE).out
    assert "registered the signed paper" in told
    assert "王桂兰  approved 07 Initial proofreading as interviewee (paper)" in told


def test_the_second_editor_is_told_what_the_first_changed(
    drafted, material: Callable[[str, str], Path], tmp_path: Path
) -> None:
    drafted("open", EPISODE, "字幕初稿", "--to", str(tmp_path / "sun"))
    drafted("open", EPISODE, "字幕初稿", "--to", str(tmp_path / "li"))
    (suns,) = (tmp_path / "sun").iterdir()
    (lis,) = (tmp_path / "li").iterdir()
    suns.write_text(CUE.format("我是演员"), "utf-8")
    lis.write_text(CUE.format("我是一名演圆"), "utf-8")
    assert drafted("deposit", EPISODE, "初校改稿", str(suns), "--by", "孙编辑").code == 0
    late = drafted("deposit", EPISODE, "初校改稿", str(lis), "--by", "李编辑")
    assert late.code == 4
    assert "孙编辑 has saved another version" in late.err
    assert "我是演[-圆-]{+员+}" in late.out
    assert lis.read_text("utf-8") == CUE.format("我是一名演圆"), "it is where it was"
    drafted("open", EPISODE, "初校改稿", "--to", str(tmp_path / "li"))
    taken = next(p for p in (tmp_path / "li").iterdir() if p != lis)
    taken.write_text(CUE.format("我是一名演员"), "utf-8")
    assert drafted("deposit", EPISODE, "初校改稿", str(taken), "--by", "李编辑").code == 0
    replaced = drafted("deposit", EPISODE, "初校改稿", str(suns), "--by", "孙编辑", "--replace")
    assert replaced.code == 0


def test_the_history_shows_changes_by_character(
    drafted, material: Callable[[str, str], Path], monkeypatch
) -> None:
    path = str(material("b.srt", CUE.format("我是演员")))
    drafted("deposit", EPISODE, "初校改稿", path, "--by", "孙编辑")
    drafted("produce", "王桂兰")
    told = drafted("history", EPISODE).out
    assert "00:01.000  text corrected  我是演[-圆-]{+员+}" in told
    (change,) = (c for e in drafted("history", EPISODE, "--json").json for c in e["changes"])
    assert (change["old"], change["new"]) == ("我是演圆", "我是演员")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("CHIFENG_LANG", "zh")
    coloured = drafted("history", EPISODE).out
    assert "[-" not in coloured
    assert "\x1b[1;32m员" in coloured
    assert "\x1b[9;31m圆" in coloured
    assert "改" in coloured


def test_the_history_shows_the_first_changes_and_says_how_many_more(
    drafted, material: Callable[[str, str], Path]
) -> None:
    cue = "{n}\n00:00:{n:02d},000 --> 00:00:{n:02d},900\n第{n}句\n"
    path = str(material("b.srt", "\n".join(cue.format(n=n) for n in range(10, 20))))
    drafted("deposit", EPISODE, "初校改稿", path, "--by", "孙编辑")
    drafted("produce", "王桂兰")
    assert "more changes: --changes" in drafted("history", EPISODE).out
    whole = drafted("history", EPISODE, "--changes").out
    assert "第19句" in whole
    assert "more changes" not in whole


def test_several_episodes_are_signed_up_to_the_first_refusal(drafted) -> None:
    two = (EPISODE, "王桂兰/2")
    wrong = drafted("sign", *two, "7", "--by", "孙编辑")
    assert wrong.code == 2 and "approved" not in wrong.out  # nothing is signed before a wrong name
    drafted("episode", "add", "王桂兰", "进城")
    answer = drafted("sign", *two, "7", "--by", "孙编辑", "--json")
    assert answer.code == 4 and "nothing to sign yet" in answer.err
    assert [row["person"] for row in answer.json] == ["孙编辑"]
    again = drafted("sign", *two, "7", "--by", "孙编辑")
    assert again.code == 4 and "already signed" in again.err
