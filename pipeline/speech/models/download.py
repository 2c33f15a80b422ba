"""Fetch named models over the network, where there is one; never wait long where there is none."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from pipeline.core import progress
from pipeline.errors import IntegrityError
from pipeline.i18n import _
from pipeline.speech.models.packages import Form, missing_model

__all__ = ["download_model", "downloaded_before"]

_REACH_S = 5.0
_READ_S = 60.0


def download_model(name: str, form: Form, target: Path) -> None:
    """Write the model to `target`, a new folder or file.

    Raises MissingTool where the name is unknown or its source cannot be reached.
    """
    if form == "ctranslate2":
        _ctranslate2(name, target)
    else:
        _openai(name, target)


def downloaded_before(name: str, form: Form) -> Path | None:
    """Return where the engine's own tools have already put that model, or None."""
    if form == "openai":
        import whisper

        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        file = base / "whisper" / whisper._MODELS.get(name, "").rsplit("/", 1)[-1]
        return file if file.is_file() else None
    from faster_whisper.utils import available_models, download_model

    if name not in available_models():
        return None
    try:
        return Path(download_model(name, local_files_only=True))
    except Exception:
        return None  # not there; the hub's errors for that change between releases


def _ctranslate2(name: str, target: Path) -> None:
    from faster_whisper.utils import available_models, download_model
    from huggingface_hub import constants

    if "/" not in name and name not in available_models():
        raise missing_model(name, _("No published model has that name."))
    _reach(constants.ENDPOINT, name)
    try:
        download_model(name, output_dir=str(target))
    except Exception as error:
        # The hub's errors are many and change between releases: all mean that it did not work.
        raise missing_model(name, _("Fetching it failed: {error}.").format(error=error)) from error


def _openai(name: str, target: Path) -> None:
    import httpx
    import whisper

    url = whisper._MODELS.get(name)
    if url is None:
        raise missing_model(name, _("No published model has that name."))
    _reach(url, name)
    digest, expected = hashlib.sha256(), url.split("/")[-2]
    timeout = httpx.Timeout(_READ_S, connect=_REACH_S)
    try:
        with (
            httpx.stream("GET", url, timeout=timeout, follow_redirects=True) as answer,
            target.open("wb") as out,
        ):
            answer.raise_for_status()
            total = int(answer.headers.get("content-length", 0)) or 1
            for chunk in answer.iter_bytes(1 << 20):
                out.write(chunk)
                digest.update(chunk)
                progress.report(out.tell() / total, _("fetching the speech model"))
    except httpx.HTTPError as error:
        raise missing_model(name, _("Fetching it failed: {error}.").format(error=error)) from error
    if digest.hexdigest() != expected:
        raise IntegrityError(
            _("The speech model arrived damaged."),
            expected=expected,
            found=digest.hexdigest(),
            path=target,
            remedy=_("Run the same command again."),
        )


def _reach(url: str, name: str) -> None:
    """Find out in seconds whether anything answers there, rather than in minutes."""
    import httpx

    try:
        httpx.head(url, timeout=_REACH_S, follow_redirects=False)
    except httpx.HTTPError as error:
        raise missing_model(name, _("Its source cannot be reached.")) from error
