"""Two cards with one file name: the second original gets a name of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.editing.original_names import camera_name, card_of
from pipeline.errors import InputError
from pipeline.kinds import KINDS
from pipeline.workflow.ingest.deposits import deposit, take_back

Bring = Callable[..., str]


@pytest.fixture
def bring_original(production, tmp_path: Path) -> Bring:
    """Deposit an original of this content; return the name it goes by."""

    def bring(content: str, name: str = "C0001.MP4", kind: str = "camera_originals", **card: str):
        path = tmp_path / name
        path.write_text(content)
        (made,) = deposit(production, "wang-guilan", KINDS[kind], path, "孙编辑", **card)
        return made.name

    return bring


def test_each_original_has_a_name_of_its_own(bring_original: Bring) -> None:
    assert bring_original("one") == "C0001.MP4"
    assert bring_original("two") == "C0001 (2).MP4"
    assert bring_original("three", name="c0001.mp4") == "c0001 (3).mp4"
    assert bring_original("four", card="卡 B/2") == "C0001 (卡 B 2).MP4"
    assert bring_original("five", name="C0002.MP4") == "C0002.MP4"


def test_the_same_file_keeps_its_name_until_a_card_is_given(bring_original: Bring) -> None:
    bring_original("one")
    bring_original("two")
    assert bring_original("two") == "C0001 (2).MP4"
    assert bring_original("one") == "C0001.MP4"
    assert bring_original("two", card="B") == "C0001 (B).MP4"
    assert bring_original("two") == "C0001 (B).MP4"
    with pytest.raises(InputError, match=r"another original called C0001 .b..MP4"):
        bring_original("three", card="b")


def test_a_name_taken_back_is_free_again(production, bring_original: Bring) -> None:
    bring_original("one")
    (row,) = [d for d in _rows(production) if d.kind == "camera_originals"]
    kind = KINDS["camera_originals"]
    take_back(production, "wang-guilan", kind, row.sha256, "孙编辑")
    assert bring_original("two") == "C0001.MP4"
    assert bring_original("one") == "C0001 (2).MP4"


def test_only_originals_come_from_a_card(bring_original: Bring) -> None:
    with pytest.raises(InputError, match="does not come from a card"):
        bring_original("x", name="a.md", kind="contact_record", card="B")


@pytest.mark.parametrize(
    ("name", "camera", "card"),
    [
        ("C0001.MP4", "C0001.MP4", ""),
        ("C0001 (card 2).MP4", "C0001.MP4", "card 2"),
        ("访谈 (上) (2).mov", "访谈 (上).mov", "2"),
        ("(2).MP4", "(2).MP4", ""),
    ],
)
def test_a_name_says_what_the_camera_called_it_and_its_card(
    name: str, camera: str, card: str
) -> None:
    assert (camera_name(name), card_of(name)) == (camera, card)


def _rows(production):
    from pipeline.repository.records import find_subject, load_records

    with production.ledger.read() as session:
        return load_records(session, find_subject(session, "wang-guilan"))[0].deposits
