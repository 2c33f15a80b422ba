"""What was stopped is said to rest by every list, and in the history."""

from __future__ import annotations

import json

from desk.cli.app import main


def test_a_stopped_interviewee_rests_in_every_list(tmp_path, capsys):
    def chifeng(*words: str) -> str:
        capsys.readouterr()
        assert main(["--home", str(tmp_path / "home"), *words]) == 0
        return "".join(" ".join(capsys.readouterr()).split())

    chifeng("init")
    chifeng("interviewee", "add", "wang-guilan", "王桂兰", "--field", "culture")
    assert "chifengproducewang-guilan" not in chifeng("waiting")
    chifeng("stop", "wang-guilan", "--by", "李芳")
    for shown in (chifeng("status"), chifeng("waiting"), chifeng("history", "wang-guilan")):
        assert "李芳" in shown
    assert "chifengproducewang-guilan" in chifeng("waiting")
    still = json.loads(chifeng("status", "--json"))["standing_still"]
    assert list(still) == ["wang-guilan"]
