"""What a form is. Read this to write one.

A form is a frozen pydantic model whose `KEYS` gives, for each field, the other names people may
write; the first of them is the Chinese name on the template. `LIST` names the field that a bare
list stands for. Values left empty, and 无, count as not there. Validators raise ValueError with a
translated sentence and no full stop.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from pipeline.documents.forms.parser import Block, parse
from pipeline.errors import FormError
from pipeline.i18n import _, language

__all__ = ["Form", "read_form"]

_EMPTY = {"", "~", "null"}
_NOTHING = {*_EMPTY, "none", "无", "没有"}


class Form(BaseModel):
    """One form, or one block of a form."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
    KEYS: ClassVar[dict[str, tuple[str, ...]]] = {}
    LIST: ClassVar[str] = ""

    @model_validator(mode="before")
    @classmethod
    def _translate_keys(cls, value: Any) -> Any:
        if isinstance(value, list) and cls.LIST:
            return Block({cls.LIST: value})
        if not isinstance(value, dict):
            return value
        names = {other: name for name, others in cls.KEYS.items() for other in others}
        block = Block()
        block.line = getattr(value, "line", None)
        for key, item in value.items():
            name = names.get(key.strip(), key.strip())
            # For a list, 无 is an answer of its own: there is nothing to list.
            if _left_empty(item, _EMPTY if name == cls.LIST else _NOTHING):
                continue
            if name in block:
                raise ValueError(_("“{key}” stands there twice").format(key=key))
            block[name] = item
        return block

    @classmethod
    def label(cls, name: str) -> str:
        """Return the name of a field in the reader's language."""
        others = cls.KEYS.get(name)
        return others[0] if others and language() == "zh" else name

    @classmethod
    def spellings(cls) -> set[str]:
        """Return every name of every field, of inner blocks too."""
        own = {*cls.model_fields, *(other for others in cls.KEYS.values() for other in others)}
        inner = (_inner(cls, name) for name in cls.model_fields)
        return own.union(*(form.spellings() for form in inner if form))


def _left_empty(item: Any, words: set[str]) -> bool:
    if isinstance(item, dict):
        return all(_left_empty(value, words) for value in item.values())
    return isinstance(item, str) and item.strip().lower() in words


FormT = TypeVar("FormT", bound=Form)


def read_form(model: type[FormT], path: Path) -> FormT:
    """Read a file as this form. Text below the head becomes `notes` where the form has them.

    Raises FormError with file, key and line.
    """
    value, body = parse(path, model.spellings())
    if not isinstance(value, dict | list if model.LIST else dict):
        raise FormError(
            _("{file} has no fields.").format(file=path.name),
            remedy=_("Fill in the template and bring it again."),
            path=path,
        )
    if body and "notes" in model.model_fields and not {"notes", "备注"} & set(value):
        value["notes"] = body
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise _explain(error, model, path) from error


def _explain(error: ValidationError, model: type[Form], path: Path) -> FormError:
    problems = error.errors(include_url=False)
    missing = [p for p in problems if p["type"] == "missing"]
    # A misspelt key also leaves the right one missing: name the misspelling.
    unknown = [p for p in problems if p["type"] == "extra_forbidden"]
    if missing and not unknown:
        return _explain_missing(missing, model, path)
    problem = (unknown or problems)[0]
    owner, key = _owner(model, problem["loc"])
    line = getattr(problem["input"], "line", None)
    where = _place(path, line, problem["loc"])
    return FormError(
        _("{where}: {why}.").format(where=where, why=_why(problem, owner, key)),
        remedy=_remedy(problem, owner, key),
        path=path,
        key=key,
        line=line,
    )


def _place(path: Path, line: int | None, loc: tuple[int | str, ...]) -> str:
    if line:
        return _("{file}, line {line}").format(file=path.name, line=line)
    entry = next((part for part in loc if isinstance(part, int)), None)
    if entry is not None:
        return _("{file}, entry {number}").format(file=path.name, number=entry + 1)
    return path.name


def _explain_missing(missing: list[Any], model: type[Form], path: Path) -> FormError:
    owners = [_owner(model, p["loc"]) for p in missing]
    lines = [getattr(p["input"], "line", None) for p in missing]
    names = "、".join(dict.fromkeys(owner.label(key) for owner, key in owners))
    where = _place(path, lines[0] if len(missing[0]["loc"]) > 1 else None, missing[0]["loc"])
    return FormError(
        _("{where} lacks: {keys}.").format(where=where, keys=names),
        remedy=_("Fill them in and bring the form again."),
        path=path,
        key=owners[0][1],
        line=lines[0],
    )


def _owner(model: type[Form], loc: tuple[int | str, ...]) -> tuple[type[Form], str]:
    """Return the block a problem belongs to, and its field."""
    owner, key = model, ""
    for part in loc:
        if key:
            owner = _inner(owner, key) or owner
        if isinstance(part, str):
            key = part
    return owner, key


def _inner(owner: type[Form], key: str) -> type[Form] | None:
    found = owner.model_fields.get(key)
    pending = [found.annotation] if found else []
    while pending:
        annotation = pending.pop()
        if isinstance(annotation, type) and issubclass(annotation, Form):
            return annotation
        pending.extend(getattr(annotation, "__args__", ()))
    return None


def _why(problem: Any, owner: type[Form], key: str) -> str:
    if problem["type"] == "value_error":
        message = str(problem["ctx"]["error"])
        return f"{owner.label(key)}: {message}" if key else message
    if problem["type"] == "extra_forbidden":
        return _("there is no field “{key}”").format(key=key)
    return _("“{key}” is not written as it should be").format(key=owner.label(key))


def _remedy(problem: Any, owner: type[Form], key: str) -> str:
    if problem["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, sorted(owner.spellings()), n=1, cutoff=0.5)
        if near:
            return _("Did you mean “{key}”?").format(key=near[0])
        labels = "、".join(owner.label(name) for name in owner.model_fields)
        return _("The fields are: {keys}.").format(keys=labels)
    return _("Correct it as the template shows and bring the form again.")
