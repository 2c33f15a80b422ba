"""Whether what is released may stand today: the consent in force decides, not the one at release.

A consent is withdrawn, expires, or asks for another name; the newest interviewee file counts,
signed or not: whoever takes a permission back need not wait until the producer has signed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from pipeline.core.artefacts.interviewee_file import Consent, IntervieweeFile
from pipeline.core.artefacts.release_record import ReleaseRecord
from pipeline.i18n import _
from pipeline.repository.records import SubjectRecords
from pipeline.repository.store import Store
from pipeline.workflow.stage_state import StageState, is_released

__all__ = ["consent_today", "newest_interviewee_file", "release_objection", "standing_objection"]

_KIND = "interviewee_file"


def release_objection(states: Sequence[StageState]) -> str:
    """Return why a released episode may not stand, as its states say; empty where it may."""
    return states[-1].reason if is_released(list(states)) else ""


def standing_objection(
    last: StageState, interviewee: SubjectRecords, store: Store, refusal: str | None
) -> str:
    """Return why what the last stage made may not stand; empty where it may.

    `refusal` is why the newest interviewee file forbids work today.
    """
    if refusal:
        return _("It is released no longer: {why}").format(why=refusal)
    consent = consent_today(interviewee, store) if _record(last) else None
    if consent is None:
        return ""
    published = _pseudonym(str(_record(last)))
    if (consent.pseudonym or "") != published:
        return _(
            "It is released no longer: the interviewee is to be named {name}. Reopen it, so that "
            "it is made anew."
        ).format(name=consent.pseudonym or interviewee.subject.interviewee)
    return ""


def consent_today(interviewee: SubjectRecords, store: Store) -> Consent | None:
    """Return the newest consent of an interviewee; None before there is one."""
    path = newest_interviewee_file(interviewee, store)
    return _consent(str(path)) if path else None


def newest_interviewee_file(interviewee: SubjectRecords, store: Store) -> Path | None:
    """Return the interviewee file that was made last, signed or not."""
    made = [output for run in interviewee.runs for output in run.outputs if output.kind == _KIND]
    return store.artefact(made[-1]).path if made else None


def _record(last: StageState) -> Path | None:
    return next((a.path for a in last.outputs if a.kind == "release_record"), None)


@lru_cache(maxsize=4096)  # named by their digests, these files never change
def _pseudonym(path: str) -> str:
    return ReleaseRecord.read(Path(path)).consent.pseudonym or ""


@lru_cache(maxsize=1024)
def _consent(path: str) -> Consent:
    return IntervieweeFile.read(Path(path)).consent
