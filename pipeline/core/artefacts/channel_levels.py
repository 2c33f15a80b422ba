"""The channel levels: how loud each sound channel is, to tell who speaks."""

from __future__ import annotations

from typing import ClassVar

from pipeline.core.artefacts.base import JsonArtefact

__all__ = ["ChannelLevels"]


class ChannelLevels(JsonArtefact):
    """For each channel the level (RMS, whole dB below full scale) of every `step_ms`."""

    COMPACT: ClassVar = True
    channels: tuple[tuple[int, ...], ...]
    step_ms: int
