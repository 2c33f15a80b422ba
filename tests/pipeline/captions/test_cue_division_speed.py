"""The measure of where cues are cut counts what it says, and we do better than filling them."""

from __future__ import annotations

from benchmarks.segmentation import WAYS, Score, words_of
from pipeline.captions.cues import Cue

PEOPLE = [
    "我们那时候住的房子都是土坯的",
    "所以一到下雨天屋里就漏水了",
    "然后大家都拿盆接着",
    "因为村里没有电灯",
    "我们晚上就点着煤油灯唱歌",
    "后来公社办起了文化站",
    "但是演员只有八个人",
]
HUMAN = [Cue(3000 * i, 3000 * (i + 1), text) for i, text in enumerate(PEOPLE)]


def score(cues: list[Cue]) -> Score:
    made = Score()
    made.add(cues, HUMAN)
    return made


def test_people_agree_with_themselves() -> None:
    people = score(HUMAN)
    assert (people.ours, people.theirs, people.shared, people.inside) == (6, 6, 6, 0)


def test_clauses_are_found_that_greedy_ways_cut_through() -> None:
    scores = {name: score(way(words_of(HUMAN))) for name, way in WAYS.items()}
    assert scores["greedy"].inside > 0
    assert scores["ours zh-tv"].inside == scores["ours zh-netflix"].inside == 0
    most = max(scores["greedy"].shared, scores["greedy by words"].shared)
    assert scores["ours zh-tv"].shared >= 5 > most
    assert scores["ours zh-netflix"].shared >= 5
    assert scores["ours zh-tv"].breaches == 0
