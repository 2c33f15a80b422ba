"""Take in a speech model that somebody brought as a folder or file: there may be no network."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

from pipeline.core import progress
from pipeline.core.cache_dir import create_once
from pipeline.errors import InputError, IntegrityError
from pipeline.i18n import _
from pipeline.repository.store import digest as digest_of
from pipeline.speech.models.finder import Model, cache_path
from pipeline.speech.models.packages import Form

__all__ = ["import_model"]

_NEEDED = ("model.bin", "config.json", "tokenizer.json")
_PREFIXES = ("faster-whisper-", "whisper-")
_BLOCK = 1 << 24


def import_model(source: Path, name: str = "") -> Model:
    """Copy a CTranslate2 folder or an openai-whisper .pt file to where models are looked for.

    It is called `name`, else after the folder or file (`faster-whisper-small` is `small`). Raises
    InputError for what is no model, or where another model has that name, and IntegrityError where
    the copy or a published model is damaged.
    """
    form, weights = _identify(source)
    model_name = name or _name(source)
    if (
        any(mark in model_name for mark in "/\\~")
        or model_name.endswith(".pt")
        or not model_name.strip(".")
    ):
        raise InputError(
            _("“{name}” cannot be the name of a model.").format(name=model_name),
            remedy=_("Give it a short one: --name small"),
        )
    digest = digest_of(weights)
    _check_published(model_name, form, digest, source)
    place = cache_path(model_name, form)
    model = Model(model_name, form, place, "cache")
    with create_once(place) as target:
        if target is not None:
            _copy(source, weights, form, target, digest)
    if model.sha256 != digest:
        raise InputError(
            _("There is another model called “{name}” on this machine already.").format(
                name=model_name
            ),
            remedy=_("Give this one another name with --name, or delete {path}.").format(
                path=place
            ),
            path=place,
        )
    return model


def _identify(source: Path) -> tuple[Form, Path]:
    """Return which form of model this is and the file that holds its weights."""
    if source.is_dir():
        missing = [name for name in _NEEDED if not (source / name).is_file()]
        if not [*source.glob("vocabulary.*")]:
            missing.append("vocabulary.txt")
        if missing:
            raise _not_a_model(source, _("it lacks {files}").format(files=", ".join(missing)))
        return "ctranslate2", source / "model.bin"
    if not source.is_file():
        raise _not_a_model(source, _("there is nothing at that place"))
    if not _is_checkpoint(source):
        raise _not_a_model(source, _("it is no openai-whisper file"))
    return "openai", source


def _is_checkpoint(file: Path) -> bool:
    import torch

    try:
        checkpoint = torch.load(file, map_location="cpu", weights_only=True, mmap=True)
    except (RuntimeError, OSError, EOFError, ValueError, KeyError, pickle.UnpicklingError):
        return False
    return isinstance(checkpoint, dict) and {"dims", "model_state_dict"} <= set(checkpoint)


def _name(source: Path) -> str:
    name = source.resolve().stem if source.is_file() else source.resolve().name
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name


def _check_published(name: str, form: Form, digest: str, source: Path) -> None:
    """Hold an openai-whisper file of a published name against the published digest."""
    if form != "openai":
        return
    import whisper

    url = whisper._MODELS.get(name)
    expected = url.split("/")[-2] if url else digest
    if expected != digest:
        raise IntegrityError(
            _("{path} is not the published model “{name}”, or is damaged.").format(
                path=source, name=name
            ),
            expected=expected,
            found=digest,
            path=source,
            remedy=_("Copy it again; a model of your own needs another name: --name NAME."),
        )


def _copy(source: Path, weights: Path, form: Form, target: Path, digest: str) -> None:
    copy = target
    if form == "ctranslate2":
        target.mkdir(parents=True)
        for file in source.iterdir():
            if file.is_file() and file != weights and file.suffix in (".json", ".txt"):
                shutil.copyfile(file, target / file.name)
        copy = target / weights.name
    size = weights.stat().st_size or 1
    with weights.open("rb") as source_file, copy.open("wb") as out:
        while block := source_file.read(_BLOCK):
            out.write(block)
            progress.report(out.tell() / size, _("copying the speech model"))
    found = digest_of(copy)
    if found != digest:
        raise IntegrityError(
            _("The speech model was damaged while it was copied."),
            expected=digest,
            found=found,
            path=source,
            remedy=_("Run the same command again."),
        )


def _not_a_model(source: Path, why: str) -> InputError:
    return InputError(
        _("{path} is not a speech model: {why}.").format(path=source, why=why),
        remedy=_("Name a CTranslate2 folder or an openai-whisper .pt file."),
        path=source,
    )
