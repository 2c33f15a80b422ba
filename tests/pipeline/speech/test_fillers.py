"""Hesitation is marked, and nothing else; the text stays."""

from __future__ import annotations

import pytest

from pipeline.captions.words import Word
from pipeline.settings import Settings
from pipeline.speech.glossary import mark_fillers


@pytest.mark.parametrize(
    ("spoken", "marked"),
    [
        ("呃 我 是 赤 峰 人", "呃"),
        ("我 嗯 , 是 赤 峰 人", "嗯"),
        ("我 说 | 那 个 | 是 赤 峰 人", "那个"),
        ("我 说 ， 就 是 说 ， 是 赤 峰 人", "就是说，"),
        ("那 个 学 校 是 新 的", ""),
        ("对 啊 | 是 的", ""),
        ("说 | 啊 | 是 的", "啊"),
        ("这 个 月 | 然 后 我 走 了", ""),
    ],
)
def test_fillers_are_marked(settings: Settings, spoken: str, marked: str) -> None:
    """A character of 200 ms each; `|` is a pause of 300 ms, a mark belongs to the word before."""
    words: list[Word] = []
    at = 0
    for part in spoken.split():
        if part == "|":
            at += 300
        elif part in ",，":
            words[-1] = Word(words[-1].start_ms, words[-1].end_ms, words[-1].text + part)
        else:
            words.append(Word(at, at + 200, part))
            at += 200
    done = mark_fillers(words, settings.fillers)
    assert "".join(w.text for w in done) == "".join(w.text for w in words)
    assert "".join(w.text for w in done if w.filler).strip(",") == marked


def test_english_fillers_are_words_not_letters(settings: Settings) -> None:
    words = [Word(0, 200, " Um,"), Word(200, 500, " number"), Word(500, 700, " one")]
    done = mark_fillers(words, settings.fillers)
    assert [word.filler for word in done] == [True, False, False]
