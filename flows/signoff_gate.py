"""Where a flow waits for people: a form in the Prefect UI, on a run that costs nothing meanwhile.

A run is suspended under a key that begins with the digest of the situation its form shows. The
reconciler resumes a run whose situation has changed; an answer is a sign-off like any other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from uuid import UUID, uuid4

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from pydantic import Field, create_model

from flows.subject_status import SubjectStatus
from flows.views.markdown import describe
from pipeline.errors import ChifengError
from pipeline.i18n import _
from pipeline.review import signoff
from pipeline.review.signing_codes import redeem_code
from pipeline.stage import find_stage
from pipeline.workflow.production import Production
from pipeline.workflow.scheduling.pause import current_pause
from pipeline.workflow.status import StageState

__all__ = [
    "APPROVE",
    "SEND_BACK",
    "Answer",
    "Form",
    "Gate",
    "Nothing",
    "asked_about",
    "form",
    "record",
]

APPROVE = "通过 approve"
SEND_BACK = "退回 send back"
_PREFIX = "suspended-"  # Prefect's own, before the key of a suspended run's form
_RESPONSE = re.compile(rf"{_PREFIX}(?P<digest>[0-9a-f]+)-[0-9a-f]+-response")


@dataclass(frozen=True)
class Answer:
    """What somebody filled in, and the digest of the situation they had before them."""

    digest: str
    decision: str = ""
    signer: str = ""
    reason: str = ""
    send_back_to: str = ""
    code: str = ""


class Gate(Protocol):
    """Where people are asked. `ask` does not come back in a real flow: its process ends."""

    def answer(self) -> Answer | None:
        """Return what was filled in since the run was last asked, once."""

    def show(self, situation: SubjectStatus) -> None:
        """Show on the run what it waits for."""

    def ask(self, situation: SubjectStatus, complaint: str) -> None:
        """Wait for people; `complaint` says why their last answer was not accepted."""


def record(production: Production, now: SubjectStatus, answer: Answer) -> str:
    """Record an answer as a sign-off; return what is wrong with it, or an empty string."""
    if not answer.decision:  # only asked to look again
        return ""
    state = now.gate
    if state is None or answer.digest != now.digest:
        return _("Something changed while you were filling in the form.")
    try:
        with _known(production, state, answer):
            _decide(production, state, answer)
    except ChifengError as error:
        return str(error)
    return ""


def _known(
    production: Production, state: StageState, answer: Answer
) -> AbstractContextManager[None]:
    """See to it that whoever answered is who they say: Prefect has no users."""
    if not production.settings.flows.codes:
        return nullcontext()
    return redeem_code(production, state, answer.signer, answer.code)


def _decide(production: Production, state: StageState, answer: Answer) -> None:
    subject = state.subject.slug
    via = "Prefect form, with code" if production.settings.flows.codes else "Prefect form"
    if answer.decision == SEND_BACK:
        to = find_stage(production.stages, answer.send_back_to or state.stage.slug)
        signoff.send_back(
            production, subject, state.stage, to, answer.signer, answer.reason, via=via
        )
    else:
        signoff.approve(
            production, subject, state.stage, answer.signer, via=via,
            reason=answer.reason, seen=state.signs,
        )  # fmt: skip


def asked_about(run: FlowRun) -> str:
    """Return the digest of the situation a suspended run's form shows."""
    key = (run.state.state_details.pause_key or "") if run.state else ""
    return str(key).partition("-")[0]


class Form:
    """The gate of a flow run that Prefect knows."""

    def __init__(self, production: Production, client: SyncPrefectClient, run_id: UUID) -> None:
        self._production = production
        self._client = client
        self._run_id = run_id
        self._shown: tuple[str, list[str]] | None = None

    def answer(self) -> Answer | None:
        given: Answer | None = None
        for entry in self._client.filter_flow_run_input(self._run_id, _PREFIX, 200, set()):
            match = _RESPONSE.fullmatch(entry.key)
            if match:
                given = _answer(match["digest"], _loaded(entry.value))
            # a form is answered once
            self._client.delete_flow_run_input(self._run_id, entry.key)
        return given

    def show(self, situation: SubjectStatus) -> None:
        tags = situation.tags
        if not situation.finished and current_pause(self._production) is not None:
            tags.append(_("paused"))
        shown = (situation.headline, tags)
        if shown != self._shown:
            self._shown = shown
            self._client.update_flow_run(self._run_id, name=situation.headline, tags=tags)

    def ask(self, situation: SubjectStatus, complaint: str) -> None:
        asked = form(self._production, situation)
        description = describe(self._production, situation, complaint)
        suspend_flow_run(
            wait_for_input=asked.with_initial_data(description=description),
            timeout=None,
            key=f"{situation.digest}-{uuid4().hex[:8]}",
        )


def _answer(digest: str, value: object) -> Answer:
    # Whoever talks to Prefect past its form may have sent anything at all.
    given = value if isinstance(value, dict) else {}
    known = {
        key: str(given[key]) for key in ("decision", "signer", "reason", "code") if given.get(key)
    }
    to = str(given.get("send_back_to") or "")
    return Answer(digest, **known, send_back_to=to.partition(" ")[0])


def _loaded(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def form(production: Production, situation: SubjectStatus) -> type[RunInput]:
    """Return the form for a gate; for anything else there is only the button to look again."""
    gate = situation.gate
    if gate is None:
        return Nothing
    needed: dict[str, Any] = {}
    if production.settings.flows.codes:
        needed["code"] = (str, Field(title=_("One-time code, from the desk"), max_length=50))
    earlier = [s.task_name for s in production.stages if s.number <= gate.stage.number]
    return create_model(
        "SignOff", __base__=RunInput,
        decision=(_choice([APPROVE, SEND_BACK]), Field(title=_("Decision"))),
        signer=(_choice(situation.people or ["?"]), Field(title=_("Who signs"))),
        **needed,
        reason=(str, Field("", title=_("Reason (needed to send back)"))),
        send_back_to=(
            _choice(["", *reversed(earlier)]),
            Field("", title=_("Back to which stage (this one, if left empty)")),
        ),
    )  # fmt: skip


class Nothing(RunInput):
    """A form without a field."""


def _choice(values: Sequence[str]) -> Any:
    return Literal[tuple(values)]
