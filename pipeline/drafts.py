"""Subtitles somebody is at work on: every change kept at once, none overwritten, merged forward.

A draft is the version a stage made and the changes people have made upon it since, cue by cue. A
change names what its author saw there; where somebody else has changed that cue meanwhile, nothing
of the save is taken and the author is told what stands there now. Finished, the draft becomes a
deposit. Where the stage makes a new version before that, the changes are carried onto it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.errors import InputError, SignOffError, SubtitleError
from pipeline.facts import find_subject, gather
from pipeline.home import Production
from pipeline.i18n import _
from pipeline.kinds import KINDS, Kind
from pipeline.ledger import now_ms
from pipeline.models import DraftRow
from pipeline.stage import AnyStage, Artefact
from pipeline.state import StageState
from pipeline.subtitles.cues import Cue
from pipeline.subtitles.markup import clean, without_controls
from pipeline.subtitles.merging import Conflict, merge
from pipeline.subtitles.reading import read
from pipeline.survey import fields

__all__ = [
    "MARKS", "Change", "Clash", "Draft", "DraftCue", "draft_upon", "edited_by", "end", "look",
    "mark_again", "numbered", "open_draft", "save", "since", "version_of",
]  # fmt: skip

MARKS = ("", "right", "wrong", "withhold", "publish")
"""What an interviewee says of a cue: nothing yet, right, corrected, not to be published, or to be
published after all. A mark may give a reason: `withhold: my brother is still alive`."""

_SUFFIXES = frozenset({".srt", ".vtt", ".ass", ".ssa", ".txt"})
_LONGEST = 2_000  # characters of a cue; a slip of the paste key is not a subtitle
_LAST_MS = 48 * 3_600_000


@dataclass(frozen=True)
class DraftCue:
    """A cue as it stands. Times in milliseconds from the start of the episode."""

    start_ms: int
    end_ms: int
    text: str
    speaker: str = ""
    mark: str = ""

    @property
    def said(self) -> str:
        """Return the mark without its reason."""
        return self.mark.partition(": ")[0]

    @property
    def reason(self) -> str:
        """Return the reason given with the mark, empty where there is none."""
        return self.mark.partition(": ")[2]


@dataclass(frozen=True)
class Change:
    """What became of one cue: `before` is what its author saw, None for a new one; `after` is what
    they made of it, None if they removed it."""

    cue: str
    before: DraftCue | None
    after: DraftCue | None


@dataclass(frozen=True)
class Draft:
    """Where the work stands. `number` grows with each change; `people` took part since it began.

    `conflicts` are places where changes were carried onto a new version that says something else;
    `settled` the ids of doubtful places that somebody looked at and found right.
    """

    slug: str
    kind: Kind
    base: Artefact
    cues: dict[str, DraftCue]
    number: int
    people: tuple[str, ...]
    conflicts: tuple[Conflict, ...] = ()
    settled: frozenset[str] = frozenset()

    @property
    def touched(self) -> bool:
        """Tell whether its subtitles differ from the version it is made upon, marks aside."""
        return _unmarked(self.cues) != _numbered(self.base.path)

    def subtitles(self) -> list[Cue]:
        """Return the cues in order of time, without those that nobody could show."""
        made = (
            Cue(c.start_ms, c.end_ms, clean(c.text), c.speaker)
            for c in self.cues.values()
            if clean(c.text).strip()
        )
        return sorted(made)


class Clash(SignOffError):
    """Somebody else has changed the same cues. `now` holds what stands there (None: removed)."""

    def __init__(self, what: str, now: dict[str, DraftCue | None], *, remedy: str = "") -> None:
        super().__init__(what, remedy=remedy)
        self.now = now

    @property
    def told(self) -> dict[str, Any]:
        """Return what is told beside the message: the cues as they stand."""
        return {"now": {cue: asdict(now) if now else None for cue, now in self.now.items()}}


def edited_by(stage: AnyStage) -> Kind | None:
    """Return the kind of correction a stage takes, or None where nobody edits subtitles."""
    kinds = (KINDS[slug] for slug in fields(stage.needs) if slug in KINDS)
    return next((k for k in kinds if k.slug.endswith("_correction")), None)


def version_of(state: StageState) -> Artefact | None:
    """Return the subtitles one who corrects them has before them: those the stage made.

    The last corrections are made upon all the words in the time of the picture, while what stage 12
    makes is without the withheld ones: upon the latest correction, or the interviewee's words.
    """
    kind = edited_by(state.stage)
    if kind is None or kind.slug != "final_correction":
        return next((a for a in state.outputs if a.kind.endswith("_subtitles")), None)
    words, correction = _last_words(state)
    if words and correction and correction.base and correction.base.sha256 == words.sha256:
        return correction
    return words


def _last_words(state: StageState) -> tuple[Artefact | None, Artefact | None]:
    found = {a.kind: a for a in state.inputs}
    return found.get("interviewee_subtitles"), found.get("final_correction")


def open_draft(production: Production, slug: str, stage: AnyStage, person: str) -> Draft:
    """Return the work on a stage's subtitles as it stands, for `person` to go on with.

    Changes made upon an earlier version and not finished are carried onto the present one. Raises
    SignOffError where the stage has no subtitles to correct.
    """
    kind = edited_by(stage)
    state = next((s for s in production.states(slug) if s.stage.slug == stage.slug), None)
    base = version_of(state) if state is not None else None
    if kind is None or state is None or base is None:
        raise SignOffError(
            _("{stage} has no subtitles to correct yet.").format(stage=stage.label),
            remedy=_("“chifeng status {slug}” shows what is open.").format(slug=slug),
        )
    with production.ledger.read() as session:
        subject_id = find_subject(session, slug).id
        left = _unfinished(session, subject_id, kind.slug, base.sha256)
        left = left or _outdated(session, subject_id, state, base)
        if not left:
            return _draft(session, subject_id, state.subject.slug, kind, base)
    with production.ledger.write() as session:
        for sha256 in _outdated(session, subject_id, state, base):
            _carry(
                session, production, subject_id, kind, sha256, base, person, _last_words(state)[1]
            )
        for sha256 in _unfinished(session, subject_id, kind.slug, base.sha256):
            _carry(session, production, subject_id, kind, sha256, base, person)
        return _draft(session, subject_id, state.subject.slug, kind, base)


def save(
    production: Production,
    draft: Draft,
    changes: Sequence[Change],
    person: str,
    *,
    key: str,
    settled: Sequence[str] = (),
) -> Draft:
    """Record changes, all or none, and return the draft with them and everybody else's.

    `settled` are the ids of doubtful places the person looked at and found right. `key` is chosen
    by whoever saves; the same save sent twice is recorded once. Raises Clash where somebody else
    changed one of the cues, InputError for a cue that cannot be.
    """
    changes = [Change(c.cue, _visible(c.before), _visible(c.after)) for c in changes]
    for change in changes:
        _must_be_possible(change)
    with production.ledger.write() as session:
        subject_id = find_subject(session, draft.slug).id
        now = _onward(session, subject_id, draft)
        if key and session.scalar(select(DraftRow.id).where(DraftRow.key == key).limit(1)):
            return now
        _must_be_as_seen(now, changes)
        for change in changes:
            session.add(_row(subject_id, draft.kind.slug, draft.base.sha256, change, person, key))
        if settled:
            after = {"settled": [place[:64] for place in settled]}
            session.add(_word(subject_id, draft.kind.slug, draft.base.sha256, after, person, key))
        session.flush()
        return _onward(session, subject_id, now)


def draft_upon(production: Production, slug: str, stage: AnyStage, sha256: str) -> Draft:
    """Return the draft upon a version that somebody has open, be it the present one or not.

    What is saved upon an earlier one is carried onto the present one when that is opened next.
    Raises SignOffError where the episode never had that version.
    """
    kind = edited_by(stage)
    with production.ledger.read() as session:
        own, _parent = gather(session, find_subject(session, slug))
        made = [(o.kind, o.sha256, o.name, o.suffix) for run in own.runs for o in run.outputs]
        made += [(d.kind, d.sha256, d.name, d.suffix) for d in own.deposits]
        known = next((m for m in made if m[1] == sha256 and m[3] in _SUFFIXES), None)
        if kind is None or known is None:
            raise SignOffError(
                _("The subtitles you have open are not known here."),
                remedy=_("Load the page again; what you typed is kept in this browser."),
            )
        path = production.store.path(sha256, known[3])
        base = Artefact(known[0], sha256, known[2], path, 0)
        return _draft(session, own.id, own.subject.slug, kind, base)


def since(production: Production, draft: Draft, number: int) -> list[DraftRow]:
    """Return what was recorded after change `number`, up to where the draft stands."""
    with production.ledger.read() as session:
        query = select(DraftRow).where(
            DraftRow.subject_id == find_subject(session, draft.slug).id,
            DraftRow.kind == draft.kind.slug, DraftRow.base_sha256 == draft.base.sha256,
            DraftRow.id > number, DraftRow.id <= draft.number,
        )  # fmt: skip
        return list(session.scalars(query.order_by(DraftRow.id)))


def numbered(draft: Draft) -> dict[str, DraftCue]:
    """Return the cues of the version a draft is made upon, by the names they have in it."""
    return _numbered(draft.base.path)


def look(production: Production, draft: Draft) -> Draft:
    """Return the draft with what others have saved since."""
    with production.ledger.read() as session:
        return _onward(session, find_subject(session, draft.slug).id, draft)


def mark_again(
    production: Production, draft: Draft, before: Mapping[str, DraftCue], person: str
) -> Draft:
    """Put the marks of `before` on the draft where they still hold, and return it so."""
    meant = list(_marked_again(draft.cues, before.values()))
    return save(production, draft, meant, person, key="") if meant else draft


def end(session: Session, draft: Draft, person: str, became: str) -> None:
    """Record that the draft is finished; `became` is the digest of the deposit made of it."""
    subject_id = find_subject(session, draft.slug).id
    after = {"became": became}
    session.add(_word(subject_id, draft.kind.slug, draft.base.sha256, after, person))


def _draft(session: Session, subject_id: int, slug: str, kind: Kind, base: Artefact) -> Draft:
    return _onward(session, subject_id, Draft(slug, kind, base, dict(_numbered(base.path)), 0, ()))


def _onward(session: Session, subject_id: int, draft: Draft) -> Draft:
    """Return the draft with what was recorded since: the cheaper, the newer the one given is."""
    cues, people, conflicts = dict(draft.cues), dict.fromkeys(draft.people), [*draft.conflicts]
    number, settled = draft.number, set(draft.settled)
    query = select(DraftRow).where(
        DraftRow.subject_id == subject_id, DraftRow.kind == draft.kind.slug,
        DraftRow.base_sha256 == draft.base.sha256, DraftRow.id > number,
    )  # fmt: skip
    for row in session.scalars(query.order_by(DraftRow.id)):
        number = row.id
        if row.cue:
            people[row.person] = None
            cues.pop(row.cue, None)
            if row.after is not None:
                cues[row.cue] = DraftCue(**row.after)
            continue
        told = row.after or {}
        settled.update(told.get("settled", ()))
        conflicts += [Conflict(**c) for c in told.get("conflicts", ())]
        if "became" in told:
            cues, people, conflicts = dict(_numbered(draft.base.path)), {}, []
    return replace(
        draft, cues=cues, number=number, people=tuple(people), conflicts=tuple(conflicts),
        settled=frozenset(settled),
    )  # fmt: skip


def _unfinished(session: Session, subject_id: int, kind: str, present: str) -> list[str]:
    """Return the versions, but the present one, upon which there is unfinished work."""
    query = select(DraftRow.base_sha256, DraftRow.cue, DraftRow.after).where(
        DraftRow.subject_id == subject_id, DraftRow.kind == kind, DraftRow.base_sha256 != present
    )
    is_open: dict[str, bool] = {}
    for sha256, cue, after in session.execute(query.order_by(DraftRow.id)):
        if cue or "settled" not in (after or {}):
            is_open[sha256] = bool(cue) or "conflicts" in (after or {})
    return [sha256 for sha256, still in is_open.items() if still]


def _outdated(session: Session, subject_id: int, state: StageState, base: Artefact) -> list[str]:
    """Return the version a last correction was made upon, where it is not the present one and the
    correction was not carried onto the present one yet."""
    kind = edited_by(state.stage)
    correction = _last_words(state)[1]
    if kind is None or kind.slug != "final_correction" or correction is None:
        return []
    if correction.sha256 == base.sha256 or correction.base is None:
        return []
    query = select(DraftRow.after).where(
        DraftRow.subject_id == subject_id, DraftRow.kind == kind.slug,
        DraftRow.base_sha256 == base.sha256, DraftRow.cue == "",
    )  # fmt: skip
    done = any(
        (after or {}).get("carried") == correction.sha256 for after in session.scalars(query)
    )
    return [] if done else [correction.base.sha256]


def _carry(
    session: Session, production: Production, subject_id: int, kind: Kind, sha256: str,
    base: Artefact, person: str, correction: Artefact | None = None,
) -> None:  # fmt: skip
    """Bring what was corrected upon an earlier version onto the present one: the unfinished
    changes, or a finished `correction`."""
    old = replace(base, sha256=sha256, path=_lies(production, sha256, base))
    now = _draft(session, subject_id, "", kind, base)
    own = read(correction.path) if correction else None
    marked: list[DraftCue] = []
    if own is None:
        left = _draft(session, subject_id, "", kind, old)
        own, marked = left.subtitles(), list(left.cues.values())
        session.add(_word(subject_id, kind.slug, sha256, {"became": ""}, person))
    merged = merge(read(old.path), own, now.subtitles())
    for change in _leading(now.cues, merged.cues, f"from-{sha256[:8]}"):
        session.add(_row(subject_id, kind.slug, base.sha256, change, person, ""))
    session.flush()
    for change in _marked_again(_onward(session, subject_id, now).cues, marked):
        session.add(_row(subject_id, kind.slug, base.sha256, change, person, ""))
    told: dict[str, Any] = {"conflicts": [asdict(c) for c in merged.conflicts]}
    if correction:
        told["carried"] = correction.sha256
    session.add(_word(subject_id, kind.slug, base.sha256, told, person))
    session.flush()


def _lies(production: Production, sha256: str, base: Artefact) -> Path:
    """Return where a version lies; it may be a file of another type than the present one."""
    usual = production.store.path(sha256, base.path.suffix)
    return usual if usual.exists() else next(usual.parent.glob(f"{sha256}.*"), usual)


def _leading(now: dict[str, DraftCue], cues: Sequence[Cue], name: str) -> Iterable[Change]:
    """Yield the changes that make a draft say what `cues` say; equal cues keep their names."""
    wanted = [DraftCue(c.start_ms, c.end_ms, c.text, c.speaker) for c in cues]
    spare = {key: cue for key, cue in now.items() if replace(cue, mark="") not in wanted}
    kept = [replace(cue, mark="") for key, cue in now.items() if key not in spare]
    for key, cue in spare.items():
        yield Change(key, cue, None)
    for n, cue in enumerate(wanted):
        if cue not in kept:
            yield Change(f"{name}-{n}", None, cue)


def _marked_again(now: Mapping[str, DraftCue], before: Collection[DraftCue]) -> Iterable[Change]:
    """Yield the marks that still hold: of cues that say the same, and whatever was not to be
    published, however its words have changed."""
    same = {replace(cue, mark=""): cue.mark for cue in before if cue.mark}
    withheld = [cue for cue in before if cue.said == "withhold"]
    for key, cue in now.items():
        within = (w.mark for w in withheld if w.start_ms < cue.end_ms and cue.start_ms < w.end_ms)
        mark = same.get(replace(cue, mark="")) or next(within, "")
        if mark and not cue.mark:
            yield Change(key, cue, replace(cue, mark=mark))


def _unmarked(cues: dict[str, DraftCue]) -> dict[str, DraftCue]:
    return {key: replace(cue, mark="") for key, cue in cues.items()}


def _row(subject_id: int, kind: str, base: str, change: Change, person: str, key: str) -> DraftRow:
    return DraftRow(
        subject_id=subject_id, kind=kind, base_sha256=base, cue=change.cue,
        before=asdict(change.before) if change.before else None,
        after=asdict(change.after) if change.after else None,
        key=key, person=person, at_ms=now_ms(),
    )  # fmt: skip


def _word(
    subject_id: int, kind: str, base: str, after: dict[str, Any], person: str, key: str = ""
) -> DraftRow:
    """Return a row that is about the draft and not about one cue."""
    return DraftRow(
        subject_id=subject_id, kind=kind, base_sha256=base, cue="", before=None, after=after,
        key=key, person=person, at_ms=now_ms(),
    )  # fmt: skip


def _visible(cue: DraftCue | None) -> DraftCue | None:
    """Return the cue without characters nobody sees and some databases refuse."""
    if cue is None:
        return None
    return replace(
        cue, text=without_controls(cue.text), speaker=without_controls(cue.speaker).strip(),
        mark=without_controls(cue.mark).strip(),
    )  # fmt: skip


def _must_be_as_seen(now: Draft, changes: Sequence[Change]) -> None:
    clashing = {c.cue: now.cues.get(c.cue) for c in changes if now.cues.get(c.cue) != c.before}
    # Both made the same of it: there is nothing to choose between.
    wanted = {c.cue: c.after for c in changes}
    if any(wanted[cue] != there for cue, there in clashing.items()):
        raise Clash(
            _("{people} changed the same subtitle meanwhile.").format(
                people=", ".join(now.people) or _("Somebody")
            ),
            clashing,
            remedy=_("Yours is not lost: choose which of the two shall stand."),
        )


def _must_be_possible(change: Change) -> None:
    cue = change.after
    if not 0 < len(change.cue) <= 64:
        raise InputError(_("A subtitle needs a name."))
    if cue is None:
        return
    if not 0 <= cue.start_ms < cue.end_ms <= _LAST_MS:
        raise SubtitleError(
            _("The cue does not end after it starts."), remedy=_("Correct its times.")
        )
    if len(cue.text) > _LONGEST or len(cue.speaker) > 100:
        raise SubtitleError(
            _("The cue is longer than {limit} characters.").format(limit=_LONGEST),
            remedy=_("Divide it."),
        )
    if cue.said not in MARKS or len(cue.reason) > _LONGEST:
        raise InputError(_("There is no mark “{mark}”.").format(mark=cue.mark[:40]))


def _numbered(path: Path) -> dict[str, DraftCue]:
    """Return the cues of a version under their numbers. Files in the store never change."""
    return _read(str(path))


@lru_cache(maxsize=64)
def _read(path: str) -> dict[str, DraftCue]:
    return {
        str(n): DraftCue(c.start_ms, c.end_ms, c.text, c.speaker)
        for n, c in enumerate(read(Path(path)), 1)
    }
