"""Read a text file that somebody wrote in an office program, in whatever encoding."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.captions.formats.encoding import decode
from pipeline.core.files import read_at_most
from pipeline.errors import FormError, SubtitleError
from pipeline.i18n import _

__all__ = ["MAX_BYTES", "read_text_file"]

MAX_BYTES = 262_144
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\ufffd\uffff]")


def read_text_file(path: Path) -> str:
    """Return the text of a file in UTF-8, UTF-16, GB18030 or Big5.

    Raises FormError when it is empty, too long for a form, or no text.
    """
    raw = read_at_most(path, MAX_BYTES)
    if not raw.strip():
        raise FormError(
            _("{file} is empty.").format(file=path.name),
            remedy=_("Fill in the template and bring it again."),
            path=path,
        )
    if len(raw) > MAX_BYTES:
        raise FormError(
            _("{file} is too long for a form.").format(file=path.name),
            remedy=_("Check that it is the right file."),
            path=path,
        )
    text = _decode(raw, path)
    if text is None:
        raise FormError(
            _("{file} is not a text file.").format(file=path.name),
            remedy=_("Save the form as plain text in UTF-8, not as Word or PDF."),
            path=path,
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decode(raw: bytes, path: Path) -> str | None:
    try:
        text, _encoding = decode(raw, path)
    except SubtitleError:
        return None
    return None if _NOT_TEXT.search(text) else text
