"""Read and write the JSON artefacts: one way of writing, so that equal values are equal bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["read_json", "write_json"]


def write_json(path: Path, value: object) -> Path:
    """Write `value` as UTF-8 with sorted keys, readable by people, and return `path`."""
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    path.write_text(text + "\n", "utf-8", newline="\n")
    return path


def read_json(path: Path) -> Any:
    """Return what `write_json` wrote."""
    return json.loads(path.read_text("utf-8"))
