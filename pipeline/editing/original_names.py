"""Names of camera originals: two cards may hold files of one name (C0001.MP4) and other content.

The second is called after its card or roll, or by a number: `C0001 (card 2).MP4`, `C0001 (2).MP4`.
What stands before the bracket is the name that the camera gave it, which edit lists know.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from itertools import count
from pathlib import PurePath

__all__ = ["camera_name", "card_of", "distinct_name", "fold", "with_card"]

_CARD = re.compile(r"^(?P<stem>.+) \((?P<card>[^()]+)\)$")


def fold(name: str) -> str:
    """Fold case and normalize accents, which macOS stores decomposed."""
    return unicodedata.normalize("NFC", name).casefold()


def camera_name(name: str) -> str:
    """Return the name that the camera gave the file."""
    path = PurePath(name)
    match = _CARD.match(path.stem)
    return f"{match['stem']}{path.suffix}" if match else name


def card_of(name: str) -> str:
    """Return the card, roll or number in a name; empty where there is none."""
    match = _CARD.match(PurePath(name).stem)
    return match["card"] if match else ""


def with_card(name: str, card: str) -> str:
    """Return the name with a card or roll; brackets in it become spaces."""
    path = PurePath(name)
    plain = " ".join(re.sub(r"[()/\\]", " ", card).split())
    return f"{path.stem} ({plain}){path.suffix}"


def distinct_name(name: str, taken: Collection[str]) -> str:
    """Return the name, with the lowest free number from 2 where it is taken."""
    folded = {fold(each) for each in taken}
    names = (with_card(name, str(n)) for n in count(2))
    return name if fold(name) not in folded else next(n for n in names if fold(n) not in folded)
