"""Find the font to burn in, its missing glyphs and the width of text.

ffmpeg reports neither a missing font (it burns nothing) nor a missing glyph (it burns a box) and
exits 0, so both are checked here before burning in.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.sax.saxutils import escape

from pipeline.core.cache_dir import link_or_copy
from pipeline.errors import MissingTool
from pipeline.i18n import _

__all__ = [
    "Font",
    "FontFolder",
    "describe_characters",
    "find_font",
    "font_folder",
    "missing_glyphs",
    "text_width",
]

_SUFFIXES = frozenset({".ttf", ".otf", ".ttc", ".otc"})
_FAMILY_NAME_IDS = (1, 16)  # OpenType name table: family, typographic family
_REGULAR_WEIGHT = 400
_NOT_DRAWN = frozenset({"Cc", "Cf", "Zl", "Zp"})  # Unicode categories that leave no mark
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)


@dataclass(frozen=True)
class Font:
    """A face of a font file. `line_height` is ascent plus descent as in ASS, in ems."""

    family: str
    path: Path
    index: int
    line_height: float


@dataclass(frozen=True)
class FontFolder:
    """A folder with one font.

    `path` is the fontsdir of libass; `environment` hides all other fonts from fontconfig, so that
    every machine renders the same.
    """

    path: Path
    environment: dict[str, str]


@cache
def find_font(family: str) -> Font:
    """Return the upright face of a family that is nearest to regular weight.

    The font of the package noto-cjk-sans-otc is preferred to installed ones, because it is the same
    on every machine. Raises MissingTool.
    """
    for files in (_bundled(), _installed()):
        faces = [face for path in files for face in _faces(path, family)]
        if faces:
            return min(faces, key=lambda face: (face[0], face[1].path))[1]
    raise MissingTool(
        _("The font “{family}” is not installed.").format(family=family),
        remedy=_(
            "Install it (pip install noto-cjk-sans-otc brings “Noto Sans CJK SC”), or name another "
            "one under “font” in the subtitle style."
        ),
    )


def _bundled() -> Iterator[Path]:
    try:
        from noto_cjk_sans_otc import FONT_PATH
    except ImportError:
        return
    yield Path(str(FONT_PATH))


def _installed() -> Iterator[Path]:
    for folder in _system_folders():
        if folder.is_dir():
            yield from sorted(p for p in folder.rglob("*") if p.suffix.lower() in _SUFFIXES)


def _system_folders() -> tuple[Path, ...]:
    home = Path.home()
    if sys.platform == "win32":
        local = Path(os.environ.get("LOCALAPPDATA", home))
        return Path(os.environ["WINDIR"], "Fonts"), local / "Microsoft" / "Windows" / "Fonts"
    if sys.platform == "darwin":
        system = Path("/System/Library/Fonts"), Path("/Library/Fonts")
        return *system, home / "Library" / "Fonts"
    shared = Path("/usr/share/fonts"), Path("/usr/local/share/fonts")
    return *shared, home / ".local" / "share" / "fonts", home / ".fonts"


def _faces(path: Path, family: str) -> Iterator[tuple[int, Font]]:
    """Yield each face of the family with its distance from upright and regular weight."""
    from fontTools.ttLib import TTCollection, TTFont, TTLibError

    collection = path.suffix.lower() in {".ttc", ".otc"}
    try:
        with path.open("rb") as file:
            read = TTCollection(file, lazy=True).fonts if collection else [TTFont(file, lazy=True)]
            for index, face in enumerate(read):
                if _has_family(face, family):
                    yield _distance(face), Font(family, path, index, _line_height(face))
    except (TTLibError, OSError, KeyError):
        return  # a broken font file of the system is ignored


def _has_family(face: Any, family: str) -> bool:
    return any(
        record.nameID in _FAMILY_NAME_IDS and record.toUnicode(errors="replace") == family
        for record in face["name"].names
    )


def _distance(face: Any) -> int:
    slanted = bool(face["OS/2"].fsSelection & 1)
    return abs(int(face["OS/2"].usWeightClass) - _REGULAR_WEIGHT) + 1000 * slanted


def _line_height(face: Any) -> float:
    """Return the Windows ascent plus descent, by which libass divides the font size, as GDI."""
    metrics = face["OS/2"]
    units = metrics.usWinAscent + metrics.usWinDescent
    return float(units / face["head"].unitsPerEm)


@cache
def _widths(font: Font) -> dict[int, float]:
    """Return the advance width of every character of the font, in ems."""
    from fontTools.ttLib import TTFont

    with TTFont(font.path, fontNumber=font.index, lazy=True) as face:
        advances, em = face["hmtx"].metrics, face["head"].unitsPerEm
        return {code: advances[name][0] / em for code, name in face.getBestCmap().items()}


def missing_glyphs(font: Font, text: str) -> tuple[str, ...]:
    """Return the characters of `text` that `font` cannot draw, each once, in order."""
    known = _widths(font)
    return tuple(c for c in dict.fromkeys(text) if ord(c) not in known and _is_drawn(c))


def describe_characters(characters: Iterable[str]) -> str:
    """Return characters with their code points, for messages."""
    return ", ".join(f"“{c}” (U+{ord(c):04X})" for c in characters)


def _is_drawn(character: str) -> bool:
    if ord(character) in _VARIATION_SELECTORS:
        return False
    return unicodedata.category(character) not in _NOT_DRAWN


def text_width(font: Font, line: str) -> float:
    """Return the width of one line in ems, without kerning."""
    widths = _widths(font)
    return sum(widths.get(ord(character), 0.0) for character in line)


@contextmanager
def font_folder(font: Font) -> Iterator[FontFolder]:
    """Provide a folder with this font alone while the block lasts.

    libass loads every file of its folder and reports those that are not fonts.
    """
    with TemporaryDirectory(prefix="chifeng-font-") as temporary:
        folder = Path(temporary) / "fonts"
        folder.mkdir()
        link_or_copy(font.path, folder / f"font{font.path.suffix}")
        configuration = Path(temporary) / "fonts.conf"
        configuration.write_text(
            "<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'fonts.dtd'><fontconfig>"
            f"<dir>{escape(str(folder))}</dir>"
            f"<cachedir>{escape(str(Path(temporary) / 'cache'))}</cachedir></fontconfig>\n",
            "utf-8",
        )
        yield FontFolder(folder, {"FONTCONFIG_FILE": str(configuration)})
