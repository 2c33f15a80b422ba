"""Glossaries as people write them, and what an engine is told of them."""

from __future__ import annotations

from pathlib import Path

from pipeline.speech.engines.base import RecognitionOptions
from pipeline.speech.prompt import prompt, read_terms


def test_a_glossary_is_read_from_lines_and_first_columns(tmp_path: Path) -> None:
    path = tmp_path / "词汇.txt"
    lines = "# 人名\n王桂兰\n乌丹\twu dan\n放映队,也叫电影队\n\n王桂兰\n翁牛特旗 # 地名\n"
    path.write_bytes(lines.encode("gb18030"))
    assert read_terms(path) == ("王桂兰", "乌丹", "放映队", "翁牛特旗")


def test_the_prompt_names_terms_as_far_as_there_is_room() -> None:
    assert prompt(RecognitionOptions("zh")) is None
    assert prompt(RecognitionOptions("zh", terms=("赤峰", "乌丹"))) == "赤峰、乌丹。"
    long = prompt(RecognitionOptions("zh", terms=tuple(f"名字{n}" for n in range(500))))
    assert long is not None and len(long) < 200 and long.startswith("名字0、名字1")
