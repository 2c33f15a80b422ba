"""`chifeng sync`: how long after the first each recording begins, or that nobody can tell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Make = Callable[..., Path]


@pytest.fixture(scope="module")
def moment(make_clip: Make) -> Path:
    """20 s of murmuring as a sound recorder hears it."""
    graph = "anoisesrc=r=16000:d=20:seed=3,lowpass=3000,tremolo=f=2.7:d=0.9"
    return make_clip("moment.wav", "-f", "lavfi", "-i", graph)


def test_offsets_are_told_and_what_is_unsure_is_11(chifeng, moment: Path, make_clip: Make) -> None:
    later = make_clip("later.wav", "-ss", "3.25", "-i", moment, "-af", "volume=0.1")
    other = make_clip("other.wav", "-f", "lavfi", "-i", "anoisesrc=r=16000:d=20:seed=8")
    done = chifeng("sync", str(moment), str(later), "--json")
    assert done.code == 0, done.out
    (told,) = done.json
    assert (told["recording"], told["sure"], told["offset_ms"]) == ("later.wav", True, 3250)
    done = chifeng("sync", str(moment), str(later), str(other))
    assert done.code == 11
    assert "+3.250" in done.out
    assert "not sure" in done.out


def test_one_recording_or_none_is_refused(chifeng, moment: Path, tmp_path: Path) -> None:
    assert chifeng("sync", str(moment)).code == 3
    assert chifeng("sync", str(moment), str(tmp_path / "nowhere.wav")).code == 3
