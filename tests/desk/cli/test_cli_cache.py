"""What is kept to save time is shown and can be made smaller."""

from __future__ import annotations

from pathlib import Path


def test_the_cache_is_shown_and_pruned(chifeng, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("CHIFENG_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "cache" / "pieces" / "ab"
    folder.mkdir(parents=True)
    (folder / "ab12.mp4").write_bytes(bytes(1000))
    shown = chifeng("cache", "--json")
    assert shown.json == {"folder": str(tmp_path / "cache"), "bytes": {"pieces": 1000}}
    assert chifeng("cache", "--prune", "0").code == 0
    assert chifeng("cache", "--json").json["bytes"] == {"pieces": 0}


def test_a_store_is_brought_into_a_bucket(peopled, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("CHIFENG_CACHE", str(tmp_path / "cache"))
    assert "name no bucket" in peopled("cache", "--upload").err
    nas = tmp_path / "nas"
    nas.mkdir()
    with (tmp_path / "home" / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[store]\nurl = "file://{nas}"\n')
    assert "0 files, read back" in peopled("cache", "--upload").out
    assert peopled("cache", "--json").json["copies_bytes"] == 0
    assert peopled("cache", "--prune", "0").code == 0
