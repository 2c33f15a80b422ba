"""How alike syllables sound, and which names are collected."""

from __future__ import annotations

import pytest

from pipeline.core.artefacts.interviewee_file import (
    Consent,
    Contacts,
    IntervieweeFile,
    LifeStation,
)
from pipeline.settings import Settings
from pipeline.speech.glossary import Entry, collect_entries
from pipeline.speech.glossary.phonetics import PhoneticDistance, readings


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("zhang1", "zhang1", 0.0, 0.0),
        ("zhang1", "zhang4", 0.05, 0.15),
        ("zhang1", "zang1", 0.1, 0.2),
        ("lan2", "nan2", 0.1, 0.3),
        ("min2", "ming2", 0.05, 0.15),
        ("ren2", "yin2", 0.2, 0.4),
        ("fa1", "bo4", 1.0, 1.0),
    ],
)
def test_syllables_are_as_alike_as_the_table_says(
    settings: Settings, one: str, other: str, least: float, most: float
) -> None:
    distance = PhoneticDistance(settings.sounds).distance
    assert least <= distance(one, other) == distance(other, one) <= most


def test_a_character_is_read_as_its_word_says_first() -> None:
    assert [sounds[0] for sounds in readings("银行")] == ["yin2", "hang2"]
    assert [sounds[0] for sounds in readings("行人")] == ["xing2", "ren2"]


def test_every_pair_of_the_table_names_two_sounds(settings: Settings) -> None:
    table = settings.sounds
    for pairs in (table.initials, table.finals, table.syllables):
        for pair, cost in pairs.items():
            one, other = pair.split(" ")
            assert one != other and 0 < cost < 1, pair


def test_names_come_from_glossary_interviewee_and_outline() -> None:
    file = IntervieweeFile(
        name="王桂兰",
        hometown="内蒙古赤峰市翁牛特旗乌丹镇",
        contacts=Contacts(relative="李建国（儿子）", phone="1"),
        life=(LifeStation(year=1958, text="在昭乌达报社工作，师从李国瑞"),),
        consent=Consent(),
    )
    found = collect_entries(["《敖包相會》", " 红山 ", "红山"], file, "谈谈与赵秀芝的合作")
    sure = [entry.text for entry in found if entry.sure]
    assert sure[:3] == ["敖包相会", "红山", "王桂兰"]
    assert {"李建国", "翁牛特旗", "乌丹镇"} <= set(sure)
    picked = {entry.text for entry in found if not entry.sure}
    assert {"李国瑞", "赵秀芝"} <= picked
    assert len({entry.text for entry in found}) == len(found)


def test_nothing_known_gives_no_names() -> None:
    assert collect_entries([]) == ()
    assert collect_entries(["赤峰"], IntervieweeFile(consent=Consent())) == (Entry("赤峰"),)
