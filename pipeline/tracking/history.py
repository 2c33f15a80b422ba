"""The history of a subject: every event in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from pipeline.captions.cues import clock
from pipeline.captions.formats.reader import read
from pipeline.captions.revision.diff import Change
from pipeline.captions.revision.diff import changes as differences
from pipeline.i18n import _
from pipeline.kinds import KINDS, SUBTITLES
from pipeline.repository.evidence import deputised
from pipeline.repository.records import SubjectRecords, find_subject, load_records
from pipeline.repository.tables import OutputRow, RequestRow, RosterChangeRow, RunRow
from pipeline.review.notes import Note, notes
from pipeline.stage import AnyStage, Role
from pipeline.workflow.name_changes import changes_of
from pipeline.workflow.production import Production
from pipeline.workflow.scheduling.rests import origin

__all__ = ["Event", "history"]


@dataclass(frozen=True)
class Event:
    """An event. `who` is a person, or empty for the machine.

    `before` and `after` are two versions of the subtitles where the event made a new one.
    """

    at_ms: int
    who: str
    what: str
    stage: str = ""
    reason: str = ""
    before: Path | None = None
    after: Path | None = None

    @property
    def changes(self) -> list[Change]:
        """Return the changes of the subtitles, in order; none without a version before."""
        if self.before is None or self.after is None:
            return []
        return differences(read(self.before), read(self.after))


def history(production: Production, slug: str) -> list[Event]:
    """Return all events of an interviewee or an episode, oldest first."""
    with production.ledger.read() as session:
        own, _parent = load_records(session, find_subject(session, slug))
        noted = notes(session, slug)
        renamed = changes_of(session, own.id)
        asked = session.scalars(
            select(RequestRow).where(RequestRow.subject_id == own.id).order_by(RequestRow.id)
        ).all()
    events = [*_deposits(own), *_runs(production, own), *_failures(production, own)]
    events += [*_signoffs(production, own), *_notes(noted), *_names(renamed), *_stops(asked)]
    return sorted(events, key=lambda event: event.at_ms)


def _deposits(own: SubjectRecords) -> Iterator[Event]:
    for row in own.deposits:
        text = _("took back {kind} {name}") if row.removed else _("deposited {kind} {name}")
        yield Event(row.at_ms, row.person, text.format(kind=KINDS[row.kind].label, name=row.name))


def _runs(production: Production, own: SubjectRecords) -> Iterator[Event]:
    last: dict[str, Path] = {}
    for run in own.runs:
        before, after = _versions(production, run, last)
        yield Event(
            run.finished_ms, "",
            _("{stage} done in {seconds:.1f} s").format(
                stage=_label(production, run.stage),
                seconds=(run.finished_ms - run.started_ms) / 1000,
            ),
            run.stage, before=before, after=after,
        )  # fmt: skip


def _versions(
    production: Production, run: RunRow, last: dict[str, Path]
) -> tuple[Path | None, Path | None]:
    """Return the subtitles before a run (of its own last run, or its input) and after it."""
    made: OutputRow | None = next((o for o in run.outputs if o.kind in SUBTITLES), None)
    if made is None:
        return None, None
    after = production.store.path(made.sha256, made.suffix)
    given = next((i for i in run.inputs if i[0] in SUBTITLES), None)
    before = last.get(made.kind)
    if before is None and given is not None:
        before = production.store.path(given[1], KINDS[given[0]].suffixes[0])
    last[made.kind] = after
    return (before, after) if before != after else (None, after)


def _failures(production: Production, own: SubjectRecords) -> Iterator[Event]:
    for row in own.failures:
        text = _("{stage} failed").format(stage=_label(production, row.stage))
        yield Event(row.at_ms, "", text, row.stage, row.message)


def _signoffs(production: Production, own: SubjectRecords) -> Iterator[Event]:
    texts = {
        "approve": _("approved {stage} as {role} ({via})"),
        "send_back": _("sent {stage} back as {role} ({via})"),
        "withdraw": _("withdrew the approval of {stage} as {role} ({via})"),
        "register by link": _("signed {stage} as {role} ({via}); to be confirmed"),
        "register": _("registered the signed paper for {stage} as {role} ({via})"),
    }
    for row in own.signoffs:
        by_link = row.action == "register" and row.via == "link"
        what = texts["register by link" if by_link else row.action].format(
            stage=_label(production, row.stage), role=Role(row.role).label, via=_(row.via)
        )
        if giver := deputised(row):
            what += _(", for {person}").format(person=giver)
        known = row.evidence or {}
        # A confirmation keeps what is known of the registration, which has a row of its own.
        if user := known.get("confirmed_by_user" if "confirmed_by" in known else "system_user"):
            what += _("; the command was run by the system user {user}").format(user=user)
        if number := known.get("number"):
            what += _("; number of the paper {number}").format(number=number)
        yield Event(row.at_ms, row.person, what, row.stage, row.reason)


def _stops(rows: Sequence[RequestRow]) -> Iterator[Event]:
    """Tell when it was stopped, and when it went on after that."""
    stopped = False
    for row in rows:
        if row.wanted is not stopped:  # said already
            continue
        place, person = origin(row.via)
        text = _("goes on ({via})") if row.wanted else _("stopped; rests ({via})")
        yield Event(row.at_ms, person, text.format(via=place))
        stopped = not row.wanted


def _names(rows: list[RosterChangeRow]) -> Iterator[Event]:
    for row in rows:
        what = _("corrected the name “{before}” to “{after}”")
        yield Event(
            row.at_ms, row.by, what.format(before=row.before, after=row.after), reason=row.reason
        )


def _notes(noted: list[Note]) -> Iterator[Event]:
    texts = {
        "reply": _("answered note {n}"),
        "resolve": _("resolved note {n}"),
        "waive": _("waived note {n}"),
    }
    for note in noted:
        what = _("left note {n} at {time}").format(n=note.id, time=clock(note.start_ms))
        yield Event(note.at_ms, note.person, what, reason=note.text)
        for row in note.replies:
            yield Event(row.at_ms, row.person, texts[row.action].format(n=note.id), reason=row.text)


def _label(production: Production, slug: str) -> str:
    stage: AnyStage | None = next((s for s in production.stages if s.slug == slug), None)
    return stage.label if stage else slug
