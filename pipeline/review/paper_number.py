"""The number on a paper to be signed (稿号): it says which words the paper shows.

It stands at the foot of every page of the interviewee's sheet, beside the signature, and in the QR
code there: the first eight digits of the digest of the subtitles that were printed.
"""

from __future__ import annotations

from pipeline.errors import SignOffError
from pipeline.i18n import _
from pipeline.kinds import KINDS
from pipeline.repository.records import SubjectRecords
from pipeline.repository.tables import OutputRow, RunRow
from pipeline.workflow.stage_state import StageState

__all__ = ["must_be_the_signed_version", "paper_number"]

_LENGTH = 8


def paper_number(state: StageState) -> str:
    """Return the number of what the stage shows now; empty where it makes no subtitles."""
    made = (a.sha256 for a in state.outputs if KINDS[a.kind].subtitles)
    return next(made, "")[:_LENGTH]


def must_be_the_signed_version(own: SubjectRecords, state: StageState, number: str) -> None:
    """Refuse a paper that was printed from other words than those that would be approved.

    A paper on which the interviewee wrote corrections is older than what the crew made of them: the
    numbers before it count where nothing but the interviewee's own material came since. Raises
    SignOffError.
    """
    current = paper_number(state)
    if not current:
        return
    given = "".join(number.split()).lower()
    if not given:
        raise SignOffError(
            _("The number of the paper (稿号) is missing."),
            remedy=_("It stands at the foot of each page, and beside the signature."),
        )
    if given != current and given not in _numbers_before_corrections(own, state):
        raise SignOffError(
            _(
                "The paper has the number {given}; what would be approved now has {current}: the "
                "interviewee signed other words."
            ).format(given=given, current=current),
            remedy=_("Print the sheet as it is now and have it signed."),
        )


def _numbers_before_corrections(own: SubjectRecords, state: StageState) -> set[str]:
    now = _not_brought([[a.kind, a.sha256, a.name] for a in state.inputs])
    runs = (run for run in own.runs if run.stage == state.stage.slug)
    return {
        output.sha256[:_LENGTH]
        for run in runs if _not_brought(run.inputs) == now
        for output in _subtitles(run)
    }  # fmt: skip


def _not_brought(inputs: list[list[str]]) -> list[tuple[str, str]]:
    """Return what the stage used beside what people deposited for it."""
    return sorted((kind, sha256) for kind, sha256, _name in inputs if not KINDS[kind].deposit)


def _subtitles(run: RunRow) -> list[OutputRow]:
    return [output for output in run.outputs if KINDS[output.kind].subtitles]
