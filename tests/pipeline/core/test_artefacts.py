"""JSON artefacts keep their bytes: work keys and signatures rest on their digests.

tests/pipeline/core/artefacts holds what earlier versions made in the demonstration, one file a
kind; channel_levels.json was made from a stereo clip.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from docs.make_schemas import FOLDER, MODELS, schema
from pipeline.captions.review_points import read_review_points, write_review_points
from pipeline.captions.words import read_words, write_words
from pipeline.core.artefacts.base import JsonArtefact
from pipeline.core.artefacts.edit_report import EditedPart, OtherSound
from pipeline.core.artefacts.restrictions import Conflict, Restrictions
from pipeline.errors import FormError
from pipeline.kinds import KINDS

EARLIER = Path(__file__).parent / "artefacts"


def _copy(kind: str, path: Path, to: Path) -> Path:
    """Read a file and write it again."""
    copies: dict[str, Callable[[Path, Path], Path]] = {
        "words": lambda path, to: write_words(read_words(path), to),
        "doubts": lambda path, to: write_review_points(read_review_points(path), to),
    }
    if kind in copies:
        return copies[kind](path, to)
    model: type[JsonArtefact] = MODELS[kind]
    return model.read(path).write(to)


def test_every_kind_of_json_artefact_has_a_model_and_a_sample() -> None:
    made = {k.slug for k in KINDS.values() if k.suffixes == (".json",)}
    assert set(MODELS) == made == {path.stem for path in EARLIER.iterdir()}


@pytest.mark.parametrize("kind", sorted(MODELS))
def test_a_file_of_an_earlier_version_is_read_and_written_byte_for_byte(
    kind: str, tmp_path: Path
) -> None:
    path = EARLIER / f"{kind}.json"
    assert _copy(kind, path, tmp_path / "copy.json").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("kind", sorted(MODELS))
def test_the_schemas_of_the_reference_are_current(kind: str) -> None:
    assert (FOLDER / f"{kind}.json").read_text("utf-8") == schema(kind), (
        "python -m docs.make_schemas"
    )


def test_keys_that_were_not_given_are_not_written(tmp_path: Path) -> None:
    black = EditedPart(source=None, start_ms=0, end_ms=40)
    assert black.model_dump(exclude_unset=True) == {"source": None, "start_ms": 0, "end_ms": 40}
    sound = OtherSound(source="b.wav", sha256="ab", from_ms=7)
    part = EditedPart(source="a.mp4", start_ms=0, end_ms=40, in_frame=0, sound=sound)
    assert part.model_dump(exclude_unset=True)["sound"] == {
        "source": "b.wav", "sha256": "ab", "from_ms": 7,
    }  # fmt: skip


def test_keys_of_other_versions_are_ignored_and_those_missing_have_defaults(tmp_path: Path) -> None:
    path = tmp_path / "restrictions.json"
    path.write_text('{"withheld": [{"start_ms": 1, "end_ms": 2, "later": 3}], "more": {}}')
    restrictions = Restrictions.read(path)
    assert restrictions.withheld[0].action is None
    assert restrictions.conflicts == ()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", ""),
        ("[]", ""),
        ("{}", "withheld"),
        ('{"withheld": [{"start_ms": 1, "end_ms": "2"}]}', "withheld.0.end_ms"),
        ('{"withheld": [{"start_ms": 1, "end_ms": 2, "action": "blur"}]}', "withheld.0.action"),
        ('{"withheld": [], "conflicts": [{"start_ms": 1}]}', "conflicts.0.end_ms"),
    ],
)
def test_a_malformed_file_is_refused_and_the_key_named(text: str, key: str, tmp_path: Path) -> None:
    path = tmp_path / "restrictions.json"
    path.write_text(text)
    with pytest.raises(FormError, match=r"restrictions\.json") as caught:
        Restrictions.read(path)
    assert (caught.value.key, caught.value.path) == (key, path)


def test_conflicts_are_written_whole(tmp_path: Path) -> None:
    conflict = Conflict(0, 900, "我的", "他的", kept=False)
    made = Restrictions(withheld=(), duration_ms=1000, language="zh", conflicts=(conflict,))
    assert json.loads(made.write(tmp_path / "r.json").read_text("utf-8")) == {
        "withheld": [], "duration_ms": 1000, "language": "zh",
        "conflicts": [
            {"start_ms": 0, "end_ms": 900, "ours": "我的", "theirs": "他的", "kept": False}
        ],
    }  # fmt: skip
