"""Every default loads; a wrong key is named with its file; a stage sees only what it reads."""

from __future__ import annotations

import shutil

import pytest

from pipeline.errors import SettingsError
from pipeline.settings import config_folder, load


@pytest.fixture
def config(tmp_path):
    """A copy of config/ to spoil."""
    return shutil.copytree(config_folder(), tmp_path / "config")


def test_the_defaults_load():
    settings = load()
    assert settings.subtitles.style["zh"] in settings.subtitle_styles
    assert set(settings.project.fields) <= set(settings.outlines)


@pytest.mark.parametrize(
    ("file", "line", "key"),
    [
        ("speech.toml", "bema_size = 5", "speech.bema_size"),
        ("speech.toml", 'window_ms = "long"', "speech.window_ms"),
        ("subtitle-styles/zh-tv.toml", "colour = 1", "subtitle_styles.zh-tv.colour"),
    ],
)
def test_a_wrong_key_is_named_with_its_file(config, file, line, key):
    path = config / file
    name = line.split(" ")[0]
    kept = [old for old in path.read_text("utf-8").splitlines() if not old.startswith(f"{name} =")]
    path.write_text("\n".join([*kept, line]), "utf-8")
    with pytest.raises(SettingsError) as caught:
        load(config=config)
    assert caught.value.key == key
    assert caught.value.path == path


def test_the_homes_settings_lie_over_the_defaults(tmp_path):
    (tmp_path / "settings.toml").write_text('[speech]\nmodel = "small"\n', "utf-8")
    settings = load(tmp_path)
    assert settings.speech.model == "small"
    assert settings.speech.beam_size == load().speech.beam_size
    assert settings.digest(("speech",)) != load().digest(("speech",))
    assert settings.digest(("editing",)) == load().digest(("editing",))


@pytest.mark.parametrize("text", ["[speech]\nmodle = 1\n", "[spech]\n", "not toml ["])
def test_the_homes_settings_are_checked_too(tmp_path, text):
    (tmp_path / "settings.toml").write_text(text, "utf-8")
    with pytest.raises(SettingsError) as caught:
        load(tmp_path)
    assert caught.value.path == tmp_path / "settings.toml"


def test_a_stage_sees_no_settings_but_its_own():
    only = load().only(("speech",))
    assert only.speech.model
    with pytest.raises(AttributeError):
        _ = only.editing


def test_a_table_that_changes_nothing_is_in_no_key(tmp_path):
    """No title is shown by default: what was made before there were any keeps its key."""
    settings = load()
    assert settings.digest(("burning", "titles")) == settings.digest(("burning",))
    (tmp_path / "settings.toml").write_text('[titles]\nshow = ["strap"]\n', "utf-8")
    shown = load(tmp_path)
    assert shown.digest(("burning", "titles")) != settings.digest(("burning",))
