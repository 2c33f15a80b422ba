"""Look whether this machine has what the work needs, and say how to get what is missing."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from desk.cli.console import clock, size
from pipeline.core.permissions import make_private
from pipeline.errors import ChifengError
from pipeline.i18n import _
from pipeline.preservation.alerts import current_alerts
from pipeline.preservation.job_log import read_records
from pipeline.settings import Settings, load
from pipeline.stage import AnyStage
from pipeline.workflow.production import is_home, open_home, open_places, require_local_ledger

__all__ = ["Check", "examine", "mend"]

_MIN_FREE_BYTES = 20_000_000_000  # an hour of camera original, its cut, its master, and room
_PYTHONS = ((3, 11), (3, 14))
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Check:
    """One thing looked at: `found` is what is there, `remedy` what to do unless `ok`.

    Without what is `essential` nothing can be done at all.
    """

    name: str
    ok: bool
    found: str
    remedy: str = ""
    essential: bool = True


def examine(home: Path, stages: tuple[AnyStage, ...]) -> list[Check]:
    """Look at everything in turn. Nothing is changed, made or fetched."""
    checks = [_check(_("Python"), _python), _check("ffmpeg", _ffmpeg), _check("ffprobe", _ffprobe)]
    try:
        settings = load(home)
    except ChifengError as error:
        return [*checks, Check(_("settings"), False, error.what, error.remedy)]
    return [
        *checks,
        _check(_("font"), lambda: _fonts(settings)),
        _check(_("speech"), lambda: _speech(settings)),
        _check("Prefect", _prefect),
        _check(_("desk"), lambda: _desk(settings)),
        _check("Chromium", _chromium),
        _check(_("home"), lambda: _home(home, stages)),
        _check(_("permissions"), lambda: _permissions(home)),
        _check(_("safety"), lambda: _safety(home, stages)),
        _check(_("disk"), lambda: _disk(home)),
        _check(_("memory"), _memory),
    ]


def _check(name: str, looking: Callable[[], str | Check]) -> Check:
    try:
        found = looking()
    except ChifengError as error:
        return Check(name, False, error.what, error.remedy)
    return found if isinstance(found, Check) else Check(name, True, found)


def _python() -> Check:
    version = sys.version_info[:2]
    ok = _PYTHONS[0] <= version <= _PYTHONS[1]
    return Check(
        _("Python"), ok, sys.version.split()[0],
        "" if ok else _("Use Python 3.11 to 3.14: CHIFENG_PYTHON=/path/to/python3 ./run setup"),
    )  # fmt: skip


def _ffmpeg() -> str:
    from pipeline.media.ffmpeg import ffmpeg_path, version

    return f"{version()}  {ffmpeg_path()}"


def _ffprobe() -> str:
    from pipeline.media.ffmpeg import ffprobe_path

    return str(ffprobe_path())


def _fonts(settings: Settings) -> str:
    from pipeline.media.fonts import find_font

    families = sorted({style.font for style in settings.subtitle_styles.values()})
    return ", ".join(f"{family}  {find_font(family).path}" for family in families)


def _speech(settings: Settings) -> str:
    from pipeline.speech import locate_engine

    name, model = locate_engine(settings.speech)
    return f"{name}  {model.name} ({model.source})"


def _prefect() -> Check:
    try:
        found = metadata.version("prefect")
    except metadata.PackageNotFoundError:
        return Check("Prefect", False, _("not installed"), "./run setup")
    return Check("Prefect", True, found)


def _desk(settings: Settings) -> Check:
    from desk.web.assets import missing_packages

    lacking = missing_packages()
    if not lacking and settings.desk.address and not settings.desk.proxies:
        return Check(
            _("desk"), False, _("the proxy before the desk is not named: all seem to come from it"),
            _('Write where it runs under [desk] in settings.toml: proxies = ["127.0.0.1"]'),
            essential=False,
        )  # fmt: skip
    if not lacking:
        return Check(_("desk"), True, _("the pages' packages are here"))
    return Check(
        _("desk"), False, _("missing: {names}").format(names=", ".join(lacking)),
        _(
            "Install Node.js (Debian: sudo apt install npm), then: "
            "cd desk/web && npm ci --ignore-scripts"
        ),
        essential=False,
    )  # fmt: skip


def _chromium() -> str:
    for name in _BROWSERS:
        if found := shutil.which(name):
            return found
    return _("not here; only the tests need it (Debian: sudo apt install chromium)")


def _home(home: Path, stages: tuple[AnyStage, ...]) -> str:
    if not is_home(home):
        return _("{folder} (made by “chifeng init”)").format(folder=home)
    require_local_ledger(home)
    opened = open_home(home, stages)
    try:
        return f"{home}  {opened.ledger.url.render_as_string(hide_password=True)}"
    finally:
        opened.ledger.close()


def _permissions(home: Path) -> Check:
    found = list(open_places(home)) if is_home(home) else []
    if not found:
        return Check(_("permissions"), True, _("nobody else on this machine can read the home"))
    return Check(
        _("permissions"), False,
        _("others on this machine may read {n} files or folders; the first: {path}").format(
            n=len(found), path=found[0]
        ),
        _("chifeng doctor --mend takes these permissions away"), essential=False,
    )  # fmt: skip


def mend(home: Path) -> int:
    """Take from others their permissions in a home, `released/` left out; return how many had some.

    What belongs to another account stays as it is: the next look names it.
    """
    found = list(open_places(home)) if is_home(home) else []
    for path in found:
        make_private(path)
    return len(found)


def _safety(home: Path, stages: tuple[AnyStage, ...]) -> Check:
    if not is_home(home):
        return Check(_("safety"), True, _("there is nothing to keep yet"))
    opened = open_home(home, stages)
    try:
        done, wrong = read_records(opened), current_alerts(opened)
    finally:
        opened.ledger.close()
    found = _("last backup: {backup}, files last read: {fixity}").format(
        **{duty.value: clock(entry.done_ms) or _("never") for duty, entry in done.items()}
    )
    if wrong:
        return Check(_("safety"), False, found, " ".join(wrong), essential=False)
    if not opened.settings.care.backup_folder:
        found += _("; no folder for backups is named (backup_folder under [care])")
    return Check(_("safety"), True, found)


def _disk(home: Path) -> Check:
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    ok = free >= _MIN_FREE_BYTES
    return Check(
        _("disk"), ok, _("{free} free").format(free=size(free)),
        "" if ok else _("Free some space: an hour of interview needs about {size}.").format(
            size=size(_MIN_FREE_BYTES)
        ),
        essential=False,
    )  # fmt: skip


def _memory() -> Check:
    import psutil

    total = int(psutil.virtual_memory().total)
    return Check(_("memory"), True, size(total))
