"""The work: the twelve stages, one module each. This is their table of contents."""

from pipeline.stage import AnyStage
from stages import (
    audio_extraction,
    final_review,
    final_revision,
    first_version_subtitles,
    initial_proofreading,
    interviewee_proofreading,
    outline_drafting,
    preliminary_communication,
    recording,
    video_editing,
    video_subtitling,
    video_verification,
)

__all__ = ["STAGES"]

STAGES: tuple[AnyStage, ...] = (
    preliminary_communication.STAGE,
    outline_drafting.STAGE,
    recording.STAGE,
    video_editing.STAGE,
    audio_extraction.STAGE,
    first_version_subtitles.STAGE,
    initial_proofreading.STAGE,
    video_subtitling.STAGE,
    video_verification.STAGE,
    interviewee_proofreading.STAGE,
    final_review.STAGE,
    final_revision.STAGE,
)
"""In the paper's order."""
