"""The list of a delivery: what it was made from and every file in it with its SHA-256."""

from __future__ import annotations

import shutil
from collections.abc import Container, Iterable
from pathlib import Path
from typing import Any

from pipeline.core.files import read_json, write_json
from pipeline.repository.store import digest

__all__ = [
    "NAME", "is_current", "is_delivery", "remove_leftovers", "remove_outdated", "write_manifest",
]  # fmt: skip

NAME = "manifest.json"


def write_manifest(folder: Path, made_of: dict[str, Any], files: Iterable[Path]) -> Path:
    """Write the list of these files beside them; `decided_by` is what they follow from."""
    entries = [
        {
            "name": file.relative_to(folder).as_posix(),
            "size_bytes": file.stat().st_size,
            "sha256": digest(file),
        }
        for file in sorted(files)
    ]
    return write_json(folder / NAME, {"made_of": made_of, "files": entries})


def is_current(folder: Path, made_of: dict[str, Any]) -> bool:
    """Tell whether a delivery is there, follows from the same and holds what its list says."""
    manifest = _read_manifest(folder)
    return manifest.get("made_of") == made_of and all(
        (folder / f["name"]).is_file() and digest(folder / f["name"]) == f["sha256"]
        for f in manifest["files"]
    )


def is_delivery(folder: Path) -> bool:
    """Tell whether a folder was made here: only such a one may be replaced."""
    return "made_of" in _read_manifest(folder)


def remove_leftovers(folder: Path) -> None:
    """Remove what killed deliveries left in the folder around them; call while none is at work.

    One that had just been moved out of its place, with nothing there yet, is put back.
    """
    for old in folder.glob(".*.old"):
        if not (place := folder / old.name[1 : -len(".old")]).exists():
            old.rename(place)
    for leftover in (*folder.glob(".*.old"), *folder.glob(".*.part")):
        shutil.rmtree(leftover, ignore_errors=True)


def remove_outdated(folder: Path, released: Container[str]) -> None:
    """Remove the deliveries of an episode whose master is not among what is released (digests):
    what is withheld since must not stay handed out."""
    for delivery in folder.glob("delivery/[!.]*"):
        if _read_manifest(delivery).get("made_of", {}).get("master") not in released:
            shutil.rmtree(delivery)


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = read_json(folder / NAME)
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}
