"""The font that is burned: found, complete, alone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from pipeline.errors import MissingTool
from pipeline.media import fonts
from pipeline.media.fonts import find_font, font_folder, missing_glyphs, text_width
from pipeline.settings import load

FAMILY = "Noto Sans CJK SC"


@pytest.fixture(autouse=True)
def _forget():
    find_font.cache_clear()
    yield
    find_font.cache_clear()


def test_every_style_in_config_names_a_font_that_is_there():
    for style in load().subtitle_styles.values():
        assert find_font(style.font).path.is_file()


def test_the_font_of_the_package_is_the_simplified_chinese_face():
    found = find_font(FAMILY)
    with TTFont(found.path, fontNumber=found.index) as face:
        assert face["name"].getBestFamilyName() == FAMILY
    assert found.line_height == pytest.approx(1.448)  # what libass divides by, from its own tables


def test_a_font_installed_on_the_system_is_found(monkeypatch, tmp_path):
    folder = tmp_path / "fonts" / "deep er"
    folder.mkdir(parents=True)
    (folder / "broken.ttf").write_bytes(b"no font")
    bundled = find_font(FAMILY)
    (folder / "copy.ttc").symlink_to(bundled.path)
    find_font.cache_clear()
    monkeypatch.setattr(fonts, "_bundled", lambda: iter(()))
    monkeypatch.setattr(fonts, "_system_folders", lambda: (tmp_path / "fonts", tmp_path / "none"))
    assert find_font(FAMILY).path == folder / "copy.ttc"
    assert find_font("Noto Sans CJK TC").index == 3


def test_a_missing_font_is_named_with_the_remedy(monkeypatch):
    monkeypatch.setattr(fonts, "_bundled", lambda: iter(()))
    monkeypatch.setattr(fonts, "_system_folders", lambda: ())
    with pytest.raises(MissingTool, match=r"“Noto Sans CJK SC” is not installed.*noto-cjk"):
        find_font(FAMILY)


def test_missing_glyphs_are_named_once_in_order():
    assert missing_glyphs(find_font(FAMILY), "赤峰😀记忆ᠮ😀") == ("😀", "ᠮ")


def test_what_leaves_no_mark_is_not_missing():
    plain = "赤峰 Chifeng 1958年，《草原》“好”…\n\t\u3000\u200d\ufe0f\u2060"
    assert missing_glyphs(find_font(FAMILY), plain) == ()


def test_width_is_counted_in_ems():
    font = find_font(FAMILY)
    assert text_width(font, "赤峰记忆") == 4.0
    assert 0.9 < text_width(font, "ab") < 1.4


def test_ffmpeg_is_shown_this_font_and_no_other():
    with font_folder(find_font(FAMILY)) as folder:
        assert [p.suffix for p in folder.path.iterdir()] == [".ttc"]
        configuration = Path(folder.environment["FONTCONFIG_FILE"]).read_text("utf-8")
        assert configuration.count("<dir>") == 1
        assert f"<dir>{folder.path}</dir>" in configuration
    assert not folder.path.exists()


def test_where_links_are_forbidden_the_font_is_copied(monkeypatch):
    def refuse(*_args):
        raise OSError("a required privilege is not held by the client")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    with font_folder(find_font(FAMILY)) as folder:
        (only,) = folder.path.iterdir()
        assert only.stat().st_size == find_font(FAMILY).path.stat().st_size


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_every_system_has_places_to_look(monkeypatch, platform):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("WINDIR", "C:/Windows")
    assert fonts._system_folders()
