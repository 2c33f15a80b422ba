"""Models brought on a disk: taken in whole, named, checked, never in place of another."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from pipeline.errors import InputError, IntegrityError
from pipeline.speech import available_models, find_model, import_model


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder."""
    monkeypatch.setenv("CHIFENG_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def _folder(at: Path, weights: bytes = b"weights") -> Path:
    at.mkdir(parents=True)
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        (at / name).write_text("{}", "utf-8")
    (at / "model.bin").write_bytes(weights)
    return at


def _checkpoint(at: Path) -> Path:
    import torch

    torch.save({"dims": {"n_mels": 80}, "model_state_dict": {"x": torch.zeros(2)}}, at)
    return at


def test_a_folder_is_taken_in_under_its_short_name(tmp_path: Path) -> None:
    model = import_model(_folder(tmp_path / "faster-whisper-small"))
    assert (model.name, model.form) == ("small", "ctranslate2")
    assert model.sha256 == hashlib.sha256(b"weights").hexdigest()
    assert find_model("small", "ctranslate2", download=False).path == model.path
    assert ("small", model.sha256) in [(m.name, m.sha256) for m in available_models()]
    assert import_model(tmp_path / "faster-whisper-small") == model  # twice is once


def test_a_checkpoint_is_taken_in(tmp_path: Path) -> None:
    model = import_model(_checkpoint(tmp_path / "ours.pt"))
    assert (model.name, model.form) == ("ours", "openai")
    assert model.path.read_bytes() == (tmp_path / "ours.pt").read_bytes()


def test_a_published_name_wants_the_published_weights(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(IntegrityError, match="not the published model “small”"):
        import_model(_checkpoint(tmp_path / "small.pt"))
    assert not [*cache.rglob("*.pt")]
    assert import_model(tmp_path / "small.pt", "ours").name == "ours"


def test_another_model_of_that_name_stays(tmp_path: Path) -> None:
    first = import_model(_folder(tmp_path / "one"), "ours")
    with pytest.raises(InputError, match="another model called “ours”"):
        import_model(_folder(tmp_path / "two", b"other weights"), "ours")
    assert (first.path / "model.bin").read_bytes() == b"weights"


@pytest.mark.parametrize(
    "lacking", ["model.bin", "config.json", "tokenizer.json", "vocabulary.txt"]
)
def test_a_folder_that_lacks_something_is_refused(
    tmp_path: Path, cache: Path, lacking: str
) -> None:
    folder = _folder(tmp_path / "small")
    (folder / lacking).unlink()
    with pytest.raises(InputError, match=lacking):
        import_model(folder)
    assert not cache.exists()


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.pt").write_text("hello", "utf-8")
    for path in (tmp_path / "notes.pt", tmp_path / "nothing.pt"):
        with pytest.raises(InputError, match="is not a speech model"):
            import_model(path)
    with pytest.raises(InputError, match="cannot be the name"):
        import_model(_folder(tmp_path / "small"), "../small")
