"""Pictures of a signature: drawn on a tablet or photographed. A picture must show ink."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

from PIL import Image

from pipeline.errors import InputError
from pipeline.i18n import _

__all__ = ["check_signature", "signature_suffix"]

_LARGEST = 8_000_000  # bytes
_MOST_PIXELS = 40_000_000  # a telephone's photograph
_SMALLEST = 20  # pixels on each side
_LONGEST = 800  # pixels a side it is looked at with
_CONTRAST = 40  # of 255: how far ink differs from the paper around it
_LEAST_INK, _MOST_INK = 0.0005, 0.6  # shares of the picture
_SUFFIXES = {"PNG": ".png", "JPEG": ".jpg"}


def check_signature(path: Path) -> None:
    """Refuse a file that is no picture of a signature. Raises InputError."""
    if path.stat().st_size > _LARGEST:
        raise _refusal()
    signature_suffix(path.read_bytes())


def signature_suffix(picture: bytes) -> str:
    """Return the suffix of a picture of a signature, as decoded: .png or .jpg.

    Raises InputError for what is no PNG or JPEG, is too small or too large, or shows no ink.
    """
    if len(picture) > _LARGEST:
        raise _refusal()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(picture), formats=tuple(_SUFFIXES)) as image:
                suffix = _SUFFIXES[image.format or ""]
                width, height = image.size
                if min(width, height) < _SMALLEST or width * height > _MOST_PIXELS:
                    raise _refusal()
                share = _ink(image)
    except (
        OSError,
        SyntaxError,
        ValueError,
        KeyError,
        Warning,
        Image.DecompressionBombError,
    ) as error:
        raise _refusal() from error
    if not _LEAST_INK <= share <= _MOST_INK:
        raise _refusal()
    return suffix


def _ink(image: Image.Image) -> float:
    """Return the share of the pixels that differ from the paper, which is the commonest tone."""
    image.draft("L", (_LONGEST, _LONGEST))
    drawn = image.convert("RGBA")
    paper = Image.new("RGBA", drawn.size, "white")
    grey = Image.alpha_composite(paper, drawn).convert("L")
    if max(grey.size) > _LONGEST:
        grey.thumbnail((_LONGEST, _LONGEST))
    histogram = grey.histogram()
    tone = max(range(256), key=histogram.__getitem__)
    ink: int = sum(n for level, n in enumerate(histogram) if abs(level - tone) >= _CONTRAST)
    return ink / max(1, sum(histogram))


def _refusal() -> InputError:
    return InputError(
        _("This picture shows no signature."), remedy=_("Please sign once more, or photograph it.")
    )
