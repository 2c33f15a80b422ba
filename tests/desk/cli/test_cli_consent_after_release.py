"""A consent that changes after the release: what may not stand leaves released/ at once."""

from __future__ import annotations

import json
import stat
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from desk.cli import main
from pipeline.preservation.jobs import run_fixity
from pipeline.workflow.production import open_home
from stages import STAGES

PACKED = Path(__file__).parents[2] / "homes" / "home-993b431.tar.xz"
EPISODE = "su-guiying/01"
TERMS = """\
姓名: 苏桂英
用途: [{uses}]
生效日期: 2023-03-01
有效期至: 长期
签字人: 苏桂英
签字日期: 2023-03-01
{more}
"""

Chifeng = Callable[..., str]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of real stages with a released episode and two deliveries of it."""
    with tarfile.open(PACKED) as packed:
        packed.extractall(tmp_path, filter="data")
    return tmp_path / "home"


@pytest.fixture
def chifeng(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch) -> Chifeng:
    """Run a command and return what it prints, errors included."""
    monkeypatch.setenv("CHIFENG_LANG", "en")
    monkeypatch.setenv("COLUMNS", "250")

    def run(*words: str) -> str:
        capsys.readouterr()
        main(["--home", str(home), *words])
        shown = capsys.readouterr()
        return shown.out + shown.err

    return run


@pytest.fixture
def terms(home: Path, chifeng: Chifeng) -> Callable[..., None]:
    """Bring new terms of the consent and have the machine check them; nobody signs."""

    def bring(more: str = "", uses: str = "网站, 电视, 图书") -> None:
        path = home.parent / "terms.yaml"
        path.write_text(TERMS.format(more=more, uses=uses), "utf-8")
        chifeng("deposit", "su-guiying", "consent_terms", str(path), "--by", "赵制片")
        chifeng("produce", "su-guiying")

    return bring


def films(home: Path) -> list[str]:
    found = (home / "released").rglob("*.mp4")
    return sorted(path.relative_to(home / "released").as_posix() for path in found)


def test_withdrawn_it_is_taken_out_told_and_not_delivered(home, chifeng, terms) -> None:
    before = films(home)
    assert len(before) == 2, "the master and the one for the web"
    terms("撤回日期: 2024-01-02")
    assert films(home) == []
    assert stat.S_IMODE((home / "withdrawn").stat().st_mode) == 0o700
    assert list((home / "withdrawn").rglob("delivery/web/film.mp4")), "kept, and sealed"
    waiting = json.loads(chifeng("waiting", "--json"))
    (told,) = [each for each in waiting if each["subject"] == EPISODE]
    assert (told["status"], told["roles"]) == ("refused", ["producer"])
    assert "withdrawn on 2024-01-02" in told["why"]
    for words in (("deliver", EPISODE, "--profile", "listening"), ("open", EPISODE, "--path")):
        assert "withdrawn on 2024-01-02" in chifeng(*words)
    assert films(home) == []
    assert "All of it is as it was recorded" in chifeng("audit")

    terms("备注: 又同意公开")
    assert [path.rpartition("/")[2] for path in films(home)] == ["master.mp4"]
    assert not [w for w in json.loads(chifeng("waiting", "--json")) if w["subject"] == EPISODE]


def test_a_pseudonym_asked_for_after_the_release(home, chifeng, terms) -> None:
    terms("化名: 草原人")
    assert films(home) == []
    assert "is to be named 草原人" in chifeng("deliver", EPISODE, "--profile", "listening")


def test_the_uses_of_today_decide(home, chifeng, terms) -> None:
    terms(uses="网站")
    assert "does not allow this use" in chifeng("deliver", EPISODE, "--profile", "tv")
    assert len(films(home)) == 2, "the website may show it as before"


def test_expired_it_leaves_by_night(home, chifeng, terms) -> None:
    production = open_home(home, STAGES)
    over = replace(production, consent_policy=lambda path, day, settings: "it expired")
    run_fixity(over)
    assert films(home) == []
    run_fixity(production)
    assert [path.rpartition("/")[2] for path in films(home)] == ["master.mp4"]
    production.ledger.close()
