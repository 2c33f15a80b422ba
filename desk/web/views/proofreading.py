"""What lies before somebody who proofreads: cues, doubts, rules, names, and what they may do."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from desk.web.event_stream import ledger_mark, room_name
from pipeline.captions import rules
from pipeline.captions.cues import Cue
from pipeline.captions.formats.speaker_labels import LABELS
from pipeline.captions.review_points import as_json, read_review_points
from pipeline.core.artefacts.interviewee_file import IntervieweeFile
from pipeline.core.artefacts.restrictions import Conflict, Restrictions
from pipeline.errors import SignOffError
from pipeline.i18n import _
from pipeline.repository.ledger import Ledger
from pipeline.repository.records import find_subject, load_records
from pipeline.review import drafts
from pipeline.review.drafts import Draft
from pipeline.review.signoff_rules import signing_refusal
from pipeline.settings import SubtitleStyle
from pipeline.speech.glossary import collect_entries
from pipeline.stage import AnyStage, Artefact
from pipeline.workflow.executor import state_of
from pipeline.workflow.production import Production
from pipeline.workflow.stage_state import StageState, Status

__all__ = [
    "Rules", "cache_draft", "cached_draft", "is_current", "must_be_open", "must_be_signed_here",
    "must_have_no_errors", "page_data", "rules_of", "terms",
]  # fmt: skip

_MAX_DRAFTS = 64


@dataclass(frozen=True)
class Rules:
    """The rules an episode's subtitles are held to."""

    style: SubtitleStyle
    language: str

    def breaches(self, cue: Cue, before: Cue | None) -> list[dict[str, Any]]:
        """Return what is wrong with a cue; what is between it and the next belongs to the next."""
        found = rules.check_cue(cue, self.style, before=before, language=self.language)
        return [asdict(breach) for breach in found]


def page_data(
    production: Production, state: StageState, draft: Draft, person: str
) -> dict[str, Any]:
    """Return all that the page is opened with, as JSON holds it."""
    held = Rules(production.settings.style_for(state.subject.language), state.subject.language)
    base = drafts.base_cues(draft)
    may = signing_refusal(production, state.subject.slug, state.stage, person) is None
    return {
        "stage": state.stage.number,
        "person": person,
        "room": room_name(state.subject.slug, draft.kind.slug),
        "base": draft.base.sha256,
        "number": draft.number,
        "cues": {key: asdict(cue) for key, cue in draft.cues.items()},
        "original": {
            key: asdict(base[key]) if key in base else None
            for key in {**base, **draft.cues}
            if base.get(key) != draft.cues.get(key)
        },
        "breaches": _all_breaches(draft, held),
        "speakers": list(zip(LABELS, (_("Interviewer"), _("Interviewee")), strict=True)),
        "limits": rules.limits(held.style),
        "conflicts": [asdict(conflict) for conflict in draft.conflicts],
        "doubts": _doubts(state),
        "settled": sorted(draft.settled),
        "files": _files(production, state),
        "open": _is_open(state),
        "may_sign": may and state.stage.signed_on_draft,
    }


def _all_breaches(draft: Draft, held: Rules) -> dict[str, list[dict[str, Any]]]:
    """Return what is wrong with each cue, leaving out those with which nothing is."""
    ordered = sorted(draft.cues.items(), key=lambda item: (item[1].start_ms, item[1].end_ms))
    found, before = {}, None
    for key, each in ordered:
        cue = Cue(each.start_ms, each.end_ms, each.text, each.speaker)
        if breaches := held.breaches(cue, before):
            found[key] = breaches
        before = cue
    return found


def _is_open(state: StageState) -> bool:
    return state.status is Status.GATE


def must_be_open(production: Production, episode: str, stage: AnyStage) -> None:
    """Raise SignOffError where the stage is signed, or its subtitles are being made anew."""
    if not _is_open(_cached_state(production, episode, stage)):
        raise SignOffError(
            _("{stage} does not wait for corrections now.").format(stage=stage.label),
            remedy=_("Send it back first, on the page of the episode."),
        )


def must_be_signed_here(stage: AnyStage) -> None:
    """Raise SignOffError for the stages that are signed after looking at what they make."""
    if not stage.signed_on_draft:
        raise SignOffError(
            _("{stage} is signed once what it makes has been looked at.").format(stage=stage.label),
            remedy=_("Hand the corrections over; sign on the page of the episode."),
        )


def must_have_no_errors(production: Production, draft: Draft) -> None:
    """Refuse subtitles that no player shows right, as a signature would be."""
    held = rules_of(production, draft.slug)
    found = rules.check(draft.subtitles(), held.style, language=held.language)
    errors = [breach for breach in found if breach.level == "error"]
    if errors:
        raise SignOffError(
            _("{n} subtitles cannot be shown so: {first}").format(
                n=len(errors), first=errors[0].message
            ),
            remedy=_("Correct them first."),
        )


def rules_of(production: Production, episode: str) -> Rules:
    """Return the rules of an episode."""
    with production.ledger.read() as session:
        language = find_subject(session, episode).language
    return Rules(production.settings.style_for(language), language)


# A survey of an episode takes some ten milliseconds, and every save asks for one: what was found is
# good until something is recorded. Whoever signs is held to the survey of that moment.
_states: WeakKeyDictionary[Ledger, dict[tuple[str, str], tuple[object, StageState]]] = (
    WeakKeyDictionary()
)
_drafts: WeakKeyDictionary[Ledger, dict[tuple[str, str, str], Draft]] = WeakKeyDictionary()


def _cached_state(production: Production, episode: str, stage: AnyStage) -> StageState:
    kept = _states.setdefault(production.ledger, {})
    now = ledger_mark(production), production.today()
    known, state = kept.get((episode, stage.slug), (None, None))
    if state is None or known != now:
        state = state_of(production, episode, stage)
        kept[episode, stage.slug] = (now, state)
    return state


def is_current(production: Production, episode: str, stage: AnyStage, base: str) -> bool:
    """Tell whether `base` still is the version that is worked upon."""
    version = drafts.base_version(_cached_state(production, episode, stage))
    return version is not None and version.sha256 == base


def cached_draft(production: Production, episode: str, stage: AnyStage, base: str) -> Draft:
    """Return the draft upon the version a page was opened with, as last seen here.

    Raises SignOffError where there is none: the page is to be opened again.
    """
    kind = drafts.correction_kind(stage)
    slug = kind.slug if kind else ""
    kept = _drafts.setdefault(production.ledger, {})
    found = kept.get((episode, slug, base))
    if found is None:
        found = drafts.draft_on(production, episode, stage, base)
        cache_draft(production, found)
    return found


def cache_draft(production: Production, draft: Draft) -> None:
    """Keep a draft, so that only what is newer has to be read the next time."""
    kept = _drafts.setdefault(production.ledger, {})
    while len(kept) >= _MAX_DRAFTS:
        kept.pop(next(iter(kept)), None)
    kept[draft.slug, draft.kind.slug, draft.base.sha256] = draft


def _doubts(state: StageState) -> list[dict[str, Any]]:
    """Return the places to look at that the machine or a merge found, the most pressing first.

    Those of the rules are left out: the page holds the rules against what stands there now.
    """
    files = {a.kind: a.path for a in state.outputs}
    if "doubts" in files:
        points = read_review_points(files["doubts"])
        return as_json([point for point in points if point.kind != "rule"])
    if "restrictions" in files:
        return list(map(_conflict_json, Restrictions.read(files["restrictions"]).conflicts))
    return []


def _conflict_json(conflict: Conflict) -> dict[str, Any]:
    reason = _("Interviewee and editor both changed this; the editor's words: {theirs}")
    return {
        "id": f"conflict-{conflict.start_ms}-{conflict.end_ms}", "kind": "conflict",
        "level": "conflict", "start_ms": conflict.start_ms, "end_ms": conflict.end_ms,
        "reason": reason.format(theirs=conflict.theirs), "text": conflict.ours,
    }  # fmt: skip


def _files(production: Production, state: StageState) -> dict[str, str]:
    """Return the digests of the files the page plays or reads, by kind; "" where there is none."""
    wanted = ("picture", "subtitled_video", "words", "listening_audio")
    found: dict[str, str] = dict.fromkeys(wanted, "")
    for each in production.states(state.subject.slug):
        found.update({a.kind: a.sha256 for a in each.outputs if a.kind in wanted})
    return found


def terms(production: Production, state: StageState) -> list[str]:
    """Return the names that may be inserted: the project's, the interviewee's, the glossary's."""
    with production.ledger.read() as session:
        _own, parent = load_records(session, find_subject(session, state.subject.slug))
    states = production.states(state.subject.slug)
    shown: dict[str, Artefact] = {a.kind: a for s in states for a in (*s.inputs, *s.outputs)}
    if parent is not None:
        above = production.states(parent.subject.slug)
        shown |= {a.kind: a for s in above for a in s.outputs}
    glossary = shown.get("glossary")
    file, outline = shown.get("interviewee_file"), shown.get("outline")
    return list(
        _terms_of_files(
            tuple(production.settings.glossary.terms),
            glossary.path if glossary else None,
            file.path if file else None,
            outline.path if outline else None,
        )
    )


@lru_cache(maxsize=64)
def _terms_of_files(
    terms: tuple[str, ...], glossary: Path | None, file: Path | None, outline: Path | None
) -> tuple[str, ...]:
    """Return the names of these files: finding them takes a second, and files never change."""
    from pipeline.speech import read_terms

    own = read_terms(glossary) if glossary else ()
    entries = collect_entries(
        [*own, *terms],
        IntervieweeFile.read(file) if file else None,
        outline.read_text("utf-8") if outline else "",
    )
    return tuple(entry.text for entry in entries)
