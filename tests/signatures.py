"""Pictures of a signature, drawn for tests."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

__all__ = ["drawn_signature", "picture"]


def drawn_signature(kind: str = "PNG") -> bytes:
    """Return a picture of some strokes on paper."""
    image = Image.new("RGB", (400, 160), "white")
    ImageDraw.Draw(image).line([(20, 130), (110, 30), (190, 120), (380, 50)], "black", width=5)
    return picture(image, kind)


def picture(image: Image.Image, kind: str = "PNG") -> bytes:
    """Return an image as a file."""
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()
