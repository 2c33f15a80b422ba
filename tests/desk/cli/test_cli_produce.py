"""An episode's way from the first deposit to the release, by command line alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from toys import calls

from desk.cli.context import system_user

Write = Callable[[str, str], Path]


def _stage(chifeng, subject: str, number: int) -> dict:
    board = chifeng("status", "--json").json["subjects"]
    states = next(row for row in board if row["subject"] == subject)["stages"]
    return next(state for state in states if state["number"] == number)


def _release(chifeng) -> None:
    for subject, stage, person in (
        ("王桂兰", "1", "赵制片"),
        ("王桂兰/1", "视频剪辑", "钱导演"),
        ("wang-guilan/01", "initial-proofreading", "孙编辑"),
        ("wang-guilan/01", "12", "钱导演"),
    ):
        assert chifeng("produce", "王桂兰").code == 0
        signed = chifeng("sign", subject, stage, "--by", person)
        assert signed.code == 0, signed.err


def test_an_episode_from_first_deposit_to_release(filmed) -> None:
    _release(filmed)
    states = filmed("status", "王桂兰", "--json").json["subjects"]
    assert [s["status"] for row in states for s in row["stages"]] == ["done"] * 5
    assert calls == [
        "preliminary_communication", "video_editing", "first_version_subtitles",
        "initial_proofreading", "final_revision",
    ]  # fmt: skip
    folder = filmed("open", "王桂兰/1", "--path").out.strip()
    assert sorted(p.name for p in Path(folder).iterdir()) == ["out.mp4"]


def test_produce_again_runs_nothing(filmed) -> None:
    filmed("produce", "王桂兰")
    assert filmed("produce", "王桂兰").code == 0
    assert calls == ["preliminary_communication"]


def test_produce_says_who_is_next(filmed) -> None:
    shown = filmed("produce", "--all")
    assert "赵制片" in shown.err
    assert "check and sign" in shown.err


def test_a_failing_episode_does_not_stop_the_others(filmed, material: Write) -> None:
    filmed("produce", "王桂兰")
    filmed("sign", "王桂兰", "1", "--by", "赵制片")
    filmed("episode", "add", "王桂兰", "进城")
    good, bad = material("good.mp4", "fine"), material("bad.mp4", "please explode")
    filmed("deposit", "王桂兰/1", "finished_cut", str(bad), "--by", "钱导演")
    filmed("deposit", "王桂兰/2", "finished_cut", str(good), "--by", "钱导演")
    answer = filmed("produce", "王桂兰")
    assert answer.code != 0
    assert "explode" in answer.err
    assert "Traceback" not in answer.err
    assert _stage(filmed, "wang-guilan/01", 4)["status"] == "failed"
    assert _stage(filmed, "wang-guilan/02", 4)["status"] == "gate"


def test_status_shows_what_is_missing_and_who_brings_it(peopled) -> None:
    state = _stage(peopled, "wang-guilan", 1)
    assert state["status"] == "deposit"
    assert state["missing"] == ["contact_record"]
    assert state["people"] == ["赵制片"]
    assert not state["late"]
    assert "bring contact record" in peopled("status").out


def test_send_back_has_the_stage_done_again(filmed) -> None:
    _release(filmed)
    back = filmed(
        "send-back", "王桂兰/1", "12", "--to", "初校", "--by", "钱导演", "--reason", "地名有误",
        "--json",
    )  # fmt: skip
    assert back.code == 0
    assert back.json["action"] == "send_back"
    assert _stage(filmed, "wang-guilan/01", 7)["status"] != "done"
    assert _stage(filmed, "wang-guilan/01", 4)["status"] == "done"
    told = filmed("history", "王桂兰/1").out
    assert "地名有误" in told
    assert "approved" in told


def test_withdraw_takes_the_approval_back(filmed) -> None:
    filmed("produce", "王桂兰")
    filmed("sign", "王桂兰", "1", "--by", "赵制片")
    answer = filmed("withdraw", "王桂兰", "1", "--by", "赵制片", "--reason", "想错了")
    assert answer.code == 0
    assert _stage(filmed, "wang-guilan", 1)["status"] == "gate"


def test_refused_paper_takes_its_scan_back(filmed, material: Write) -> None:
    scan = material("签字.pdf", "a scan")
    answer = filmed("paper", "register", "王桂兰/1", "7", str(scan), "--by", "孙编辑")
    assert answer.code == 4
    assert "took back" in filmed("history", "王桂兰/1").out


def test_a_deputy_signs(filmed) -> None:
    filmed("produce", "王桂兰")
    refused = filmed("sign", "王桂兰", "1", "--by", "钱导演")
    assert refused.code == 4
    away = filmed("deputise", "赵制片", "钱导演", "--until", "2999-01-01", "--reason", "出差")
    assert away.code == 0, away.err
    signed = filmed("sign", "王桂兰", "1", "--by", "钱导演", "--json")
    assert signed.code == 0
    assert "赵制片" in signed.json["reason"]


def test_a_copy_taken_out_brings_its_version_back(filmed, material: Write, tmp_path: Path) -> None:
    for stage, subject, person in (("1", "王桂兰", "赵制片"), ("4", "王桂兰/1", "钱导演")):
        filmed("produce", "王桂兰")
        filmed("sign", subject, stage, "--by", person)
    filmed("produce", "王桂兰")
    out = tmp_path / "desk top"
    copied = filmed("open", "王桂兰/1", "字幕初稿", "--to", str(out))
    assert copied.code == 0
    (copy,) = out.iterdir()
    shown = filmed("show", copy.name.split(".")[1]).out
    assert "draft subtitles" in shown
    first = filmed("show", "王桂兰/1", "6", "--json").json[0]["outputs"][0]["sha256"]
    # A new draft comes before the correction of the old one does.
    filmed("deposit", "王桂兰/1", "成片", str(material("cut2.mp4", "another")), "--by", "钱导演")
    filmed("produce", "王桂兰")
    filmed("sign", "王桂兰/1", "4", "--by", "钱导演")
    filmed("produce", "王桂兰")
    copy.write_text("corrected", "utf-8")
    assert filmed("deposit", "王桂兰/1", "初校改稿", str(copy), "--by", "孙编辑").code == 0
    assert _base_of_the_last_correction() == first


def _base_of_the_last_correction() -> str | None:
    import os

    from sqlalchemy import select

    from pipeline.repository.tables import DepositRow
    from pipeline.workflow.production import open_home

    opened = open_home(Path(os.environ["CHIFENG_HOME"]), ())
    try:
        with opened.ledger.read() as session:
            return session.scalar(
                select(DepositRow.base_sha256).where(DepositRow.kind == "proofreading_correction")
            )
    finally:
        opened.ledger.close()


def test_take_back(peopled, material: Write) -> None:
    path = str(material("contact.yaml", "the record"))
    brought = peopled("deposit", "王桂兰", "contact_record", path, "--by", "赵制片", "--json").json
    digest = brought[0]["sha256"]
    assert peopled("take-back", "王桂兰", "联系记录", digest[:10], "--by", "赵制片").code == 0
    assert _stage(peopled, "wang-guilan", 1)["status"] == "deposit"


def test_the_same_file_twice_counts_once(filmed, material: Write) -> None:
    path = str(material("contact.yaml", "the record"))
    again = filmed("deposit", "王桂兰", "联系记录", path, "--by", "赵制片", "--json")
    assert not again.json[0]["new"]


def test_lists(peopled) -> None:
    assert [p["name"] for p in peopled("person", "list", "--json").json] == [
        "孙编辑", "王桂兰", "赵制片", "钱导演",
    ]  # fmt: skip
    assert peopled("interviewee", "list", "--json").json[0]["field"] == "culture"
    assert peopled("episode", "list", "王桂兰", "--json").json[0]["name"] == "童年"
    assert "王桂兰" in peopled("interviewee", "show", "王桂兰").out


def test_verify_finds_a_changed_file(filmed) -> None:
    assert filmed("verify").code == 0
    held = filmed("show", "王桂兰", "1", "--json").json[0]["inputs"][0]["path"]
    Path(held).chmod(0o644)
    Path(held).write_text("tampered", "utf-8")
    answer = filmed("verify", "--json")
    assert answer.code == 9
    assert len(json.loads(answer.out)["faults"]) == 1
    assert "was changed" in answer.err


def test_a_form_to_fill_in(chifeng, tmp_path: Path) -> None:
    printed = chifeng("template", "联系记录")
    assert "姓名:" in printed.out
    copied = chifeng("template", "contact_record", "--to", str(tmp_path / "forms"))
    assert Path(copied.out.strip()).read_text("utf-8") == printed.out
    assert chifeng("template", "contact_record", "--to", str(tmp_path / "forms")).code == 3
    assert chifeng("template", "camera_originals").code == 2


def test_notes_are_left_answered_and_done(filmed) -> None:
    filmed("produce", "王桂兰")
    filmed("sign", "王桂兰", "1", "--by", "赵制片")
    filmed("produce", "王桂兰")
    left = filmed(
        "note", "leave", "王桂兰/1", "1:05", "地名请核实", "--by", "孙编辑", "--on", "画面成片"
    )
    assert left.code == 0, left.err
    assert filmed("note", "reply", "1", "问过本人了", "--by", "钱导演").code == 0
    (note,) = filmed("notes", "王桂兰/1", "--json").json
    assert (note["start_ms"], note["text"], note["open"]) == (65_000, "地名请核实", True)
    assert filmed("note", "resolve", "1", "--by", "孙编辑").code == 0
    assert filmed("notes", "王桂兰/1", "--json").json == []
    assert "问过本人了" in filmed("notes", "王桂兰/1", "--all").out
    assert filmed("note", "leave", "王桂兰/1", "noon", "x", "--by", "孙编辑").code == 3


def test_plan_says_what_a_send_back_would_cost(filmed) -> None:
    _release(filmed)
    steps = {s["stage"]: s for s in filmed("plan", "王桂兰/1", "--to", "初校", "--json").json}
    assert steps["video_editing"]["work"] == "keeps"
    assert steps["initial_proofreading"]["work"] == "runs"
    assert steps["initial_proofreading"]["signature"] == "lapses"
    assert "runs again" in filmed("plan", "王桂兰/1", "--to", "初校").out
    assert _stage(filmed, "wang-guilan/01", 7)["status"] == "done"


def test_stop_is_remembered(peopled) -> None:
    assert "rests" in peopled("stop", "王桂兰/1").out


def test_models_on_this_machine(chifeng) -> None:
    assert "base" in {model["name"] for model in chifeng("models", "list", "--json").json}


def test_waiting_lists_what_waits_for_a_person(peopled) -> None:
    (turn,) = peopled("waiting", "--for", "赵制片", "--json").json
    assert (turn["subject"], turn["stage"]) == ("wang-guilan", "preliminary_communication")
    assert peopled("waiting", "--for", "孙编辑", "--json").json == []
    assert "赵制片" in peopled("waiting").out


def test_a_second_card_with_the_same_file_name_is_told_apart(peopled, tmp_path: Path) -> None:
    made = {}
    for card in ("a", "b", "c"):
        made[card] = tmp_path / card / "C0001.MP4"
        made[card].parent.mkdir()
        made[card].write_text(card)
    bring = ("deposit", "王桂兰", "camera_originals")
    assert "is called" not in peopled(*bring, str(made["a"]), "--by", "钱导演").out
    told = peopled(*bring, str(made["b"]), "--by", "钱导演").out
    assert "“C0001.MP4” is called “C0001 (2).MP4” here" in " ".join(told.split())
    named = peopled(*bring, str(made["c"]), "--name", "card C", "--by", "钱导演", "--json")
    assert [each["name"] for each in named.json] == ["C0001 (card C).MP4"]


def test_a_signature_on_the_command_line_names_who_ran_it(filmed) -> None:
    filmed("produce", "王桂兰")
    signed = filmed("sign", "王桂兰", "1", "--by", "赵制片", "--json").json
    assert signed["evidence"] == {"system_user": system_user()}
    shown = " ".join(filmed("history", "王桂兰").out.split())
    assert f"by the system user {system_user()}" in shown and "赵制片" in shown
