"""Characters that make no word become the word that sounds the same; nothing else changes."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pipeline.captions.words import Word, Words
from pipeline.settings import Settings
from pipeline.speech import RecognitionOptions, recognise
from pipeline.speech.glossary import Entry, correct_names
from pipeline.speech.homophones import correct_homophones
from tests.fake_engine import FakeEngine


def _words(text: str, probability: float = 0.6, step_ms: int = 200) -> list[Word]:
    return [Word(i * step_ms, (i + 1) * step_ms, c, probability) for i, c in enumerate(text)]


def _said(words: list[Word]) -> str:
    return "".join(word.text for word in words)


def test_what_makes_no_word_is_written_as_the_word_that_sounds_the_same() -> None:
    heard = _words("街道旁的银性树，暖阳阳的")
    words, corrections = correct_homophones(heard)
    assert _said(words) == "街道旁的银杏树，暖洋洋的"
    assert [(w.start_ms, w.end_ms) for w in words] == [(w.start_ms, w.end_ms) for w in heard]
    first, second = corrections
    assert (first.heard, first.written, first.start_ms, first.end_ms) == (
        "银性树", "银杏树", 800, 1400,
    )  # fmt: skip
    assert (second.heard, second.written, second.certain) == ("暖阳阳", "暖洋洋", True)
    assert 0.5 < first.confidence <= 1.0


def test_a_word_that_makes_sense_stays_though_another_is_more_common() -> None:
    assert correct_homophones(_words("他穿过西洋的街道"))[1] == []


def test_what_sounds_only_similar_stays() -> None:
    """神化 is not 神话's sound (tone), 生化 neither (final)."""
    assert _said(correct_homophones(_words("受到了黑生化的启发"))[0]) == "受到了黑生化的启发"


def test_what_was_heard_surely_stays() -> None:
    assert _said(correct_homophones(_words("明昧", probability=1.0))[0]) == "明昧"


def test_terms_are_not_touched_and_a_word_is_not_put_over_a_pause() -> None:
    assert _said(correct_homophones(_words("我叫银性"), ("银性",))[0]) == "我叫银性"
    apart = [Word(0, 200, "明", 0.6), Word(2000, 2200, "昧", 0.6)]
    assert correct_homophones(apart)[1] == []
    together = [Word(0, 200, "明", 0.6), Word(200, 400, "昧", 0.6)]
    assert _said(correct_homophones(together)[0]) == "明媚"


def test_a_word_of_several_characters_is_changed_within() -> None:
    heard = [Word(0, 200, "天上"), Word(200, 500, "垄照,", 0.4), Word(600, 700, "OK")]
    assert _said(correct_homophones(heard)[0]) == "天上笼罩,OK"


@given(st.text("银性树明昧，。OK 的了一垄照", max_size=20), st.floats(0, 1))
def test_nothing_but_chinese_changes_and_every_change_can_be_undone(
    text: str, probability: float
) -> None:
    heard = _words(text, probability)
    words, corrections = correct_homophones(heard)
    assert [len(w.text) for w in words] == [1] * len(heard)
    assert all(a == b for a, b in zip(text, _said(words), strict=True) if not "一" <= a <= "龥")
    undone = _said(words)
    for made in reversed(corrections):
        start, end = made.start_ms // 200, made.end_ms // 200
        assert undone[start:end] == made.written
        undone = undone[:start] + made.heard + undone[end:]
    assert undone == text


def test_recognition_lists_what_it_respelled_and_can_do_without(
    mandarin: tuple[Path, str], settings: Settings
) -> None:
    engine = FakeEngine("街道旁的银性树，")
    found = recognise(mandarin[0], engine, settings.speech, RecognitionOptions("zh"))
    assert {(c.heard, c.written) for c in found.corrections} == {("银性树", "银杏树")}
    plain = settings.speech.model_copy(update={"homophones": False})
    assert recognise(mandarin[0], engine, plain, RecognitionOptions("zh")).corrections == ()
    assert (
        recognise(mandarin[0], engine, settings.speech, RecognitionOptions("ja")).corrections == ()
    )


def test_putting_names_right_afterwards_keeps_the_list(settings: Settings) -> None:
    words, corrections = correct_homophones(_words("银性树下的王贵兰"))
    heard = Words("zh", tuple(words), corrections=tuple(corrections))
    found = correct_names(heard, [Entry("王桂兰")], settings.sounds)
    assert [c.written for c in found.corrections] == ["银杏树", "王桂兰"]
