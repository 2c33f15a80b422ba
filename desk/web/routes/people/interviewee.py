"""The interviewee's pages: in by link and code, the film, cue by cue, and the signature.

Longer than other modules: every address that an interviewee reaches is here, to be seen at once.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from desk.web.access import OWN, PUBLIC, Forbidden, Visitor
from desk.web.form_state import FormState
from desk.web.js_messages import js_messages
from desk.web.render import render
from desk.web.request_limits import Attempt, RateLimitError
from desk.web.routes.people.account import client_address, start_session
from desk.web.security import log
from pipeline.core.files import SHA256
from pipeline.errors import NotReadyError, SignOffError
from pipeline.i18n import _
from pipeline.repository.evidence import Evidence
from pipeline.repository.tables import SubjectRow
from pipeline.review import interviewee, signoff
from pipeline.review.access import accounts
from pipeline.review.access.invitations import interviewee_state
from pipeline.review.drafts import Draft
from pipeline.review.proofreading import run_when_free
from pipeline.stage import Role
from pipeline.workflow.production import Production
from pipeline.workflow.stage_state import StageState, Status

__all__ = ["router"]

router = APIRouter()


class AnswerBody(BaseModel):
    """What is said of one cue."""

    cue: str = Field(min_length=1, max_length=64)
    mark: str = Field(pattern="^(right|wrong|withhold|publish|)$")
    text: str | None = Field(default=None, max_length=2000)
    reason: str = Field(default="", max_length=500)


class AnswersBody(BaseModel):
    """Some of that, upon the version `base`; `key` names the save."""

    base: str = Field(pattern=f"^{SHA256}$")
    key: str = Field(min_length=8, max_length=64)
    said: list[AnswerBody] = Field(max_length=5000)


class SignatureBody(BaseModel):
    """A signature: of the draft numbered `seen`, under a typed name and a picture of it."""

    seen: int = Field(ge=0, le=2**53)
    name: str = Field(max_length=200)
    signature: str = Field(pattern=f"^{SHA256}$")


class CallBody(BaseModel):
    """What one would like to be called about."""

    text: str = Field(default="", max_length=500)


@router.get("/i/{token}")
def link_page(request: Request, visitor: Annotated[Visitor, PUBLIC], token: str) -> Response:
    """Ask for the code; whoever is in by this very link goes on."""
    link = accounts.find_link(visitor.production, token)
    session = visitor.session
    own = session.link if session is not None else None
    if link is not None and own is not None and own.id == link.id:
        return RedirectResponse("/mine", 303)
    return _link_page(request, 200 if link is not None else 404, over=link is None)


@router.post("/i/{token}")
def enter(
    request: Request, visitor: Annotated[Visitor, PUBLIC], token: str,
    code: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Let in whoever knows the code."""
    production = visitor.production
    limits = {f"client {client_address(request)}": 3}
    try:
        with request.app.state.link_tries.attempt(limits) as attempt:
            session = _enter(production, token, code, attempt)
    except RateLimitError as error:
        return _link_page(request, 429, wrong=str(error), code=code)
    except SignOffError as error:
        link = accounts.find_link(production, token)
        log.info(
            "wrong code for link %s from %s", link.id if link else "-", client_address(request)
        )
        status = 401 if link is not None else 404
        return _link_page(request, status, wrong=str(error), code=code, over=link is None)
    link = accounts.find_link(production, token)
    log.info("link %s entered from %s", link.id if link else "-", client_address(request))
    return start_session(request, session, "/mine", days=production.settings.desk.link_days)


def _enter(production: Production, token: str, code: str, attempt: Attempt) -> str:
    try:
        session = accounts.enter_by_link(production, token, code[:50])
    except SignOffError:
        attempt.wrong = True
        raise
    attempt.right = True
    return session


def _link_page(
    request: Request, status: int, *, wrong: str = "", code: str = "", over: bool = False
) -> Response:
    form = FormState(code=code[:50])
    if wrong:
        form.add_error(wrong, "code")
    response = render(request, "door.html", status, form=form, over=over)
    response.headers["referrer-policy"] = "no-referrer"
    return response


@router.get("/mine")
def episodes_page(request: Request, visitor: Annotated[Visitor, OWN]) -> Response:
    """Go to the one episode there is to look at, or choose among several."""
    slugs = _own_episodes(visitor)
    if len(slugs) == 1:
        return RedirectResponse(f"/mine/{slugs[0]}", 303)
    states = [interviewee_state(visitor.production, slug) for slug in slugs]
    return render(request, "mine_several.html", states=states)


def _own_episodes(visitor: Visitor) -> list[str]:
    assert visitor.session is not None  # OWN says so
    if visitor.session.link is not None:
        return [visitor.session.slug]
    board = visitor.production.summaries()
    own = _own_slug(visitor)
    return [
        slug for slug, stages in board.items()
        if own and slug.startswith(f"{own}/")
        and any(
            g.stage.signed_by is Role.INTERVIEWEE and g.status in (Status.GATE, Status.DONE)
            for g in stages
        )
    ]  # fmt: skip


def _own_slug(visitor: Visitor) -> str:
    """Return the short name of the interviewee who is signed in; empty for anybody else."""
    person = visitor.session.person if visitor.session is not None else None
    if person is None or person.subject_id is None:
        return ""
    with visitor.production.ledger.read() as session:
        return session.get_one(SubjectRow, person.subject_id).slug


@router.get("/mine/{slug}/{number}")
def page(request: Request, visitor: Annotated[Visitor, OWN], slug: str, number: str) -> Response:
    """Show the page of one episode, wherever the interviewee is with it."""
    state = _episode_state(visitor, slug, number)
    if interviewee.is_signed(state):
        stage = "signed"
    elif state.status is Status.GATE:
        stage = "open"
    else:
        stage = "waits"
    draft = _draft_json(visitor.production, state) if stage == "open" else {}
    return render(
        request, "mine.html", state=state, stage=stage, draft=draft, words=js_messages(),
        address=f"/mine/{state.subject.slug}",
    )  # fmt: skip


@router.get("/mine/{slug}/{number}/state")
def state_json(visitor: Annotated[Visitor, OWN], slug: str, number: str) -> dict[str, Any]:
    """Return the cues and what was said of each."""
    return _draft_json(visitor.production, _open_state(visitor, slug, number))


@router.post("/mine/{slug}/{number}/say")
def save_answers(
    visitor: Annotated[Visitor, OWN], slug: str, number: str, body: AnswersBody
) -> dict[str, Any]:
    """Keep what is said of some cues."""
    state = _open_state(visitor, slug, number)
    answers = [interviewee.CueAnswer(w.cue, w.mark, w.text, w.reason) for w in body.said]
    draft = interviewee.save_answers(visitor.production, state, body.base, answers, key=body.key)
    return {"base": draft.base.sha256, "number": draft.number}


@router.post("/mine/{slug}/{number}/voice")
async def voice(
    request: Request, visitor: Annotated[Visitor, OWN], slug: str, number: str, cue: str
) -> dict[str, Any]:
    """Keep a voice note about a cue: the body is the recording."""
    sound = await request.body()
    state = await run_in_threadpool(_open_state, visitor, slug, number)
    name = await run_in_threadpool(
        interviewee.add_voice_note, visitor.production, state, cue[:64], sound
    )
    return {"name": name}


@router.post("/mine/{slug}/{number}/signature")
async def signature(
    request: Request, visitor: Annotated[Visitor, OWN], slug: str, number: str
) -> dict[str, Any]:
    """Keep a signature: the body is its picture."""
    picture = await request.body()
    state = await run_in_threadpool(_open_state, visitor, slug, number)
    kept = await run_in_threadpool(interviewee.add_signature, visitor.production, state, picture)
    return {"signature": kept}


@router.get("/mine/{slug}/{number}/summary")
def summary(visitor: Annotated[Visitor, OWN], slug: str, number: str) -> dict[str, Any]:
    """Return what would be signed."""
    state = _open_state(visitor, slug, number)
    shown = interviewee.summary(state, interviewee.draft_of(visitor.production, state))
    return {
        "changed": shown.changed, "passages": shown.passages, "unseen": shown.unseen,
        "number": shown.number,
    }  # fmt: skip


@router.post("/mine/{slug}/{number}/sign")
def sign(
    request: Request, visitor: Annotated[Visitor, OWN], slug: str, number: str,
    body: SignatureBody,
) -> dict[str, Any]:  # fmt: skip
    """Sign what was seen."""
    state = _open_state(visitor, slug, number)
    row = interviewee.sign(
        visitor.production, state.subject.slug, seen=body.seen, name=body.name,
        signature=body.signature, evidence=_evidence(request, visitor),
    )  # fmt: skip
    log.info("%s signed by link for %r from %s", state.subject.slug, row.person,
             client_address(request))  # fmt: skip
    return {"signed": row.id}


@router.post("/mine/{slug}/{number}/call")
def call(
    visitor: Annotated[Visitor, OWN], slug: str, number: str, body: CallBody
) -> dict[str, Any]:
    """Ask the crew for a call."""
    state = _episode_state(visitor, slug, number)
    interviewee.request_call(visitor.production, state, body.text)
    return {"noted": True}


@router.post("/mine/{slug}/{number}/again")
def withdraw_signature(visitor: Annotated[Visitor, OWN], slug: str, number: str) -> Response:
    """Take the signature back, to change something after all."""
    state = _episode_state(visitor, slug, number)
    signoff.withdraw(
        visitor.production, state.subject.slug, state.stage, state.subject.interviewee,
        "受访者要再看一遍", via="link",
    )  # fmt: skip
    return RedirectResponse(f"/mine/{state.subject.slug}", 303)


def _evidence(request: Request, visitor: Visitor) -> Evidence:
    """Say how whoever is here came in, and from where."""
    session = visitor.session
    assert session is not None  # OWN says so
    if session.link is not None:
        number, maker = session.link.id, session.link.by
        code_by = session.link.code_by or maker
    else:
        assert session.person is not None
        number, maker = 0, accounts.password_given_by(visitor.production, session.person)
        code_by = maker
    device = request.headers.get("user-agent", "")
    return Evidence(number, maker, code_by, client_address(request), device)


def _episode_state(visitor: Visitor, slug: str, number: str) -> StageState:
    """Return where the interviewee's stage stands; for the interviewee of the episode alone."""
    state = interviewee_state(visitor.production, f"{slug}/{number}")
    visitor.may_see(state.subject.slug)
    if visitor.session is not None and visitor.session.person is not None and (
        _own_slug(visitor) != slug
    ):  # fmt: skip
        raise Forbidden(_("This episode is not yours to see."))
    if state.status is Status.READY:
        state = run_when_free(visitor.production, state.stage, state.subject.slug)
    return state


def _open_state(visitor: Visitor, slug: str, number: str) -> StageState:
    state = _episode_state(visitor, slug, number)
    if state.status is not Status.GATE or interviewee.is_signed(state):
        raise NotReadyError(
            _("There is nothing to look at now."), remedy=_("Please load the page again.")
        )
    return state


def _draft_json(production: Production, state: StageState) -> dict[str, Any]:
    draft: Draft = interviewee.draft_of(production, state)
    withheld = interviewee.withheld_passages(state)
    voice_notes = interviewee.count_voice_notes(production, state)
    film = interviewee.film_of(state)
    cues = sorted(draft.cues.items(), key=lambda item: (item[1].start_ms, item[1].end_ms))
    return {
        "base": draft.base.sha256,
        "number": draft.number,
        "film": f"/episode/{state.subject.slug}/file/{film.sha256}",
        "cues": [
            {
                "id": key, "start": cue.start_ms, "end": cue.end_ms, "text": cue.text,
                "mark": cue.answer, "reason": cue.reason,
                "voices": voice_notes.get(cue.start_ms, 0),
                "held": any(
                    w["start_ms"] < cue.end_ms and cue.start_ms < w["end_ms"] for w in withheld
                ),
            }
            for key, cue in cues
        ],
    }  # fmt: skip
