"""What directors see in Prefect: the board as a table, and a page per interviewee and episode."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.exceptions import ObjectNotFound

from flows.subject_status import SubjectStatus, run_name
from flows.views.markdown import report
from pipeline.i18n import _
from pipeline.stage import Scope
from pipeline.workflow.production import Production
from pipeline.workflow.scheduling.pause import current_pause
from pipeline.workflow.scheduling.rests import standing_still
from pipeline.workflow.status import Status

__all__ = ["ArtifactPublisher", "table"]


_STILL = "·"


@dataclass
class _Shown:
    id: UUID
    data: str
    run_id: UUID | None


class ArtifactPublisher:
    """Keeps the artifacts as the ledger is. An unchanged one costs nothing."""

    def __init__(self, client: SyncPrefectClient) -> None:
        self._client = client
        self._shown: dict[str, _Shown] = {}

    def publish(
        self,
        production: Production,
        situations: Mapping[str, SubjectStatus],
        runs: Mapping[str, UUID],
        tables: Mapping[str, tuple[str, str]],
    ) -> None:
        """Show the present situation of everything; a page belongs to its subject's live run.

        `tables` are shown beside the board: title and JSON, by key.
        """
        self._show("board", "table", json.dumps(table(production, situations)), _("The board"))
        for key, (title, data) in tables.items():
            self._show(key, "table", data, title)
        for slug, now in situations.items():
            self._show(
                _key(now), "markdown", report(production, now), run_name(now.subject),
                runs.get(slug),
            )  # fmt: skip

    def _show(
        self, key: str, kind: str, data: str, description: str, run_id: UUID | None = None
    ) -> None:
        shown = self._shown.get(key)
        if shown is not None and shown.run_id == (run_id or shown.run_id):
            if shown.data == data:
                return
            try:
                self._client.update_artifact(shown.id, ArtifactUpdate(data=data))
                shown.data = data
            except ObjectNotFound:  # a director deleted it
                del self._shown[key]
                self._show(key, kind, data, description, run_id)
            return
        made = self._client.create_artifact(
            ArtifactCreate(
                key=key, type=kind, data=data, description=description, flow_run_id=run_id
            )
        )
        self._shown[key] = _Shown(made.id, data, run_id)


def _key(now: SubjectStatus) -> str:
    return f"{now.subject.scope.value}-{now.subject.slug.replace('/', '-')}"


def table(production: Production, situations: Mapping[str, SubjectStatus]) -> list[dict[str, str]]:
    """Return a row per episode, with the stages of its interviewee before its own; before them,
    while the production is paused, one that says so.

    Every row has all columns: Prefect shows those of the first row alone.
    """
    stages = (stage.label for stage in production.stages)
    empty = dict.fromkeys([_("Episode"), _("Waits for"), *stages], "")
    pause = current_pause(production)
    notice = [{_("Episode"): pause.words}] if pause is not None else []
    still = standing_still(production, {slug: now.states for slug, now in situations.items()})
    return [empty | row for row in (*notice, *_rows(situations, still))]


def _rows(
    situations: Mapping[str, SubjectStatus], still: Mapping[str, str]
) -> list[dict[str, str]]:
    parents = {slug.partition("/")[0] for slug in situations if "/" in slug}
    rows = []
    for slug, now in situations.items():
        if slug in parents:
            continue
        episode = now.subject.scope is Scope.EPISODE
        parent = situations.get(slug.partition("/")[0]) if episode else None
        states = (*(parent.states if parent else ()), *now.states)
        # In words: not every machine that looks has a font with pictures for them.
        stands = {
            s.stage.label: _STILL if s.status is Status.WAITS else _(s.status) for s in states
        }
        waits = parent if parent is not None and not parent.finished else now
        words = still.get(waits.subject.slug) or still.get(slug) or waits.words
        rows.append({_("Episode"): run_name(now.subject), _("Waits for"): words, **stands})
    return rows
