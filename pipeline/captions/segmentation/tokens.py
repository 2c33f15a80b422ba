"""Cut recognised words into tokens, which no cue and no line may break.

A token is a Chinese word (as jieba cuts), a Latin word, a number with its unit, a name from the
glossary or a title in 《》, with the marks that belong to it: no line starts with a closing mark or
ends with an opening one, because those are inside a token. Marks the style does not use
become a space between tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from pipeline.captions import chinese
from pipeline.captions.formats.markup import without_controls, without_tags
from pipeline.captions.rules import NEVER_ENDS, NEVER_STARTS, forbidden_at
from pipeline.captions.segmentation.word_timing import spread_words
from pipeline.captions.words import Word
from pipeline.settings import SubtitleStyle

__all__ = ["Token", "tokenize"]

_LONG_PAUSE_MS = 800
_FASTEST_MS = 20
"""Recognisers give some words no time at all. No two characters are said within this time."""

_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_NUMERAL = "[〇零一二两三四五六七八九十百千万亿]"
_UNIT = (
    "(?:公里|公斤|年代|世纪|小时|分钟|平方米|"
    "[年月日号天点分秒岁个位名人口家户条件块元角毛斤里亩尺米届次回集场首部本篇封张座间所只头匹辆])"
)
_LETTER = r"[^\W_\u2e80-\U0003ffff]"
# Latin and Mongolian words, numbers, times, addresses; numbers with their unit; titles.
_WHOLE = re.compile(
    rf"{_LETTER}+(?:[.'’:,@/&+-]{_LETTER}+)*%?(?:(?<=\d){_NUMERAL}*[多几余]?{_UNIT})?"
    rf"|第?{_NUMERAL}+[多几余]?{_UNIT}"
    r"|《[^《》]*》"
)
_FULL_WIDTH = {"?": "？", "!": "！"}
_TRAILING = frozenset("…—～")
"""Marks that go with the word before them."""
_SENTENCE_END = frozenset("。！？.!?…")


@dataclass
class Token:
    """A text with its times. `space` says that one stands before it inside a line.

    `mark` is the punctuation before it, kept or not: 2 ends a sentence, 1 a part of one, 0 none.
    """

    start_ms: int
    end_ms: int
    text: str
    space: bool = False
    mark: int = 0
    speaker: str = ""


@dataclass(frozen=True)
class _Letter:
    start_ms: int
    end_ms: int
    text: str
    speaker: str


def tokenize(
    words: Sequence[Word], style: SubtitleStyle, language: str = "zh", names: Iterable[str] = ()
) -> list[Token]:
    """Return the tokens of the words in their order, each later than the one before."""
    letters = _letters(spread_words(words))
    text = _full_width("".join(letter.text for letter in letters))
    starts = _boundaries(text, language, style.max_chars, names) | _pauses(letters)
    forbidden = set(forbidden_at(text, style))
    tokens: list[Token] = []
    opening, space, mark, continues = "", False, 0, False
    for position, (character, letter) in enumerate(zip(text, letters, strict=True)):
        continues = continues and position not in starts and _has_room(tokens[-1], character, style)
        if position in forbidden or (character.isspace() and not continues):
            space, continues = True, False
            mark = max(mark, _strength(character), _is_comma(text, position))
        elif continues:
            tokens[-1].text += character
            tokens[-1].end_ms = max(tokens[-1].end_ms, letter.end_ms)
        elif character in NEVER_ENDS:
            opening += character
        elif character in NEVER_STARTS or (character in _TRAILING and tokens and not opening):
            if tokens and not opening:
                _close(tokens[-1], character, style)
        else:
            mark = max(mark, _strength(tokens[-1].text)) if tokens else 0
            start_ms, end_ms = letter.start_ms, letter.end_ms
            tokens.append(Token(start_ms, end_ms, opening + character, space, mark, letter.speaker))
            opening, space, mark, continues = "", False, 0, True
    return _spread_times(_move_opening_marks(tokens))


def _letters(words: Sequence[Word]) -> list[_Letter]:
    """Give each character of each word its share of the word's time."""
    letters = []
    for word in words:
        text = without_tags(without_controls(word.text)).replace("\n", " ")
        sounding = max(sum(c.isalnum() for c in text), 1)
        step, done = max(word.end_ms - word.start_ms, 0) / sounding, 0
        for character in text:
            start = word.start_ms + round(step * min(done, sounding))
            done += character.isalnum()
            end = word.start_ms + round(step * min(done, sounding))
            letters.append(_Letter(start, end, character, word.speaker))
    return letters


def _full_width(text: str) -> str:
    return re.sub(r"(?<=[\u3400-\u9fff])[?!]", lambda m: _FULL_WIDTH[m.group()], text)


def _pauses(letters: Sequence[_Letter]) -> set[int]:
    """Return the positions after a pause or a change of speaker, where anything may be cut."""
    return {
        position
        for position, (before, after) in enumerate(pairwise(letters), 1)
        if after.start_ms - before.end_ms >= _LONG_PAUSE_MS or after.speaker != before.speaker
    }


def _has_room(token: Token, character: str, style: SubtitleStyle) -> bool:
    """Nothing Chinese is too long to be cut; a Latin word longer than a line stays whole."""
    return len(token.text) < style.max_chars or not _HAN.match(character)


def _boundaries(text: str, language: str, max_chars: int, names: Iterable[str]) -> set[int]:
    """Return the positions where a word, a number with its unit, a name or a title starts."""
    if language == "zh":
        words = chinese.words(text)
    else:
        words = re.split(r"(\s+|(?=[\u3400-\u9fff])|(?<=[\u3400-\u9fff]))", text)
    starts = {0, *accumulate(len(word) for word in words)}
    for match in _WHOLE.finditer(text):
        if match.start() in starts and len(match.group()) <= max_chars:
            starts -= set(range(match.start() + 1, match.end()))
    pattern = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True) if name)
    for match in re.finditer(pattern, text) if pattern else ():
        starts -= set(range(match.start() + 1, match.end()))
        starts |= {match.start(), match.end()}
    return starts


def _strength(text: str) -> int:
    last = text.rstrip('”’」』）》)]"')[-1:]
    if last and last in _SENTENCE_END:
        return 2
    return 1 if last and last in "，、；：,;:" else 0


def _is_comma(text: str, position: int) -> bool:
    """Say whether this is a space between Chinese characters: speech models write commas so."""
    beside = text[max(position - 1, 0) : position + 2]
    return len(beside) == 3 and bool(_HAN.match(beside[0]) and _HAN.match(beside[2]))


def _close(token: Token, character: str, style: SubtitleStyle) -> None:
    """Append a closing mark, once, where the line has room for it and the style wants it."""
    text = token.text + character
    repeated = token.text[-1] == character and character in "？！、?!"
    if not repeated and len(text) <= style.max_chars and not forbidden_at(text, style):
        token.text = text


def _move_opening_marks(tokens: list[Token]) -> list[Token]:
    """Move opening marks that a pause cut off at the end of a token to the front of the next."""
    marks = "".join(NEVER_ENDS)
    for token, following in pairwise(tokens):
        text = token.text.rstrip(marks)
        following.text = token.text[len(text) :] + following.text
        token.text = text
    if tokens:
        tokens[-1].text = tokens[-1].text.rstrip(marks)
    return [token for token in tokens if token.text]


def _spread_times(tokens: list[Token]) -> list[Token]:
    now_ms = 0
    for token in tokens:
        token.start_ms = max(token.start_ms, now_ms)
        now_ms = token.start_ms + _FASTEST_MS * max(sum(c.isalnum() for c in token.text), 1)
        token.end_ms = max(token.end_ms, now_ms)
    for token, following in pairwise(tokens):
        token.end_ms = max(min(token.end_ms, following.start_ms), token.start_ms + 1)
    return tokens
