"""What a JSON artefact is. Read this to add one.

1. Write a module here, named like the kind (kinds.py), with a subclass of `JsonArtefact`; the parts
   of the file are subclasses of `Record` or plain dataclasses. Times are int milliseconds.
2. Give every key a default that files of earlier versions lack.
3. List the model in docs/make_schemas.py and run it.

The digest of a file is the identity of an artefact: equal models give equal bytes. A file holds the
keys that were given to its model, even where the value is the default, and no others.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.core.files import write_json
from pipeline.errors import FormError
from pipeline.i18n import _

__all__ = ["JsonArtefact", "Record", "read_validated"]


T = TypeVar("T")


def read_validated(path: Path, validate: Callable[[bytes], T]) -> T:
    """Read a JSON file with pydantic. Raises FormError naming the first key that is wrong."""
    try:
        return validate(path.read_bytes())
    except ValidationError as error:
        key = ".".join(map(str, error.errors(include_url=False)[0]["loc"]))
        raise FormError(
            _("{file} cannot be read: “{key}” is missing or wrong.").format(
                file=path.name, key=key
            ),
            remedy=_("Run the step that made it again; if it fails again, report it."),
            path=path,
            key=key,
        ) from error


class Record(BaseModel):
    """A part of a JSON artefact. Keys that only a later version knows are ignored."""

    model_config = ConfigDict(frozen=True, strict=True, allow_inf_nan=False, defer_build=True)


class JsonArtefact(Record):
    """What a file of one kind holds. `COMPACT` files, made for programs, have no white space."""

    COMPACT: ClassVar = False

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file. Raises FormError naming the first key that is missing or wrong."""
        return read_validated(path, cls.model_validate_json)

    def write(self, path: Path) -> Path:
        """Write the file and return `path`."""
        content = self.model_dump(mode="json", exclude_unset=True)
        if not self.COMPACT:
            return write_json(path, content)
        text = json.dumps(content, separators=(",", ":"), sort_keys=True)
        path.write_text(text + "\n", "ascii", newline="\n")
        return path
