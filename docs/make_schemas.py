"""Write the JSON Schemas of docs/reference/schemas: `python -m docs.make_schemas`.

One file for each kind of JSON artefact, made from the model that reads and writes it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from pipeline.captions.review_points import ReviewPoint
from pipeline.captions.words import Words
from pipeline.core.artefacts.channel_levels import ChannelLevels
from pipeline.core.artefacts.edit_report import EditReport
from pipeline.core.artefacts.interviewee_file import IntervieweeFile
from pipeline.core.artefacts.recording_report import RecordingReport
from pipeline.core.artefacts.release_record import ReleaseRecord
from pipeline.core.artefacts.restrictions import Restrictions
from pipeline.core.artefacts.review_decision import ReviewDecision
from pipeline.core.artefacts.verification_report import VerificationReport
from pipeline.core.artefacts.waveform import Waveform

FOLDER = Path(__file__).parent / "reference" / "schemas"

MODELS: dict[str, Any] = {
    "channel_levels": ChannelLevels,
    "doubts": list[ReviewPoint],
    "edit_report": EditReport,
    "interviewee_file": IntervieweeFile,
    "master_report": VerificationReport,
    "recording_report": RecordingReport,
    "release_record": ReleaseRecord,
    "restrictions": Restrictions,
    "review_decision": ReviewDecision,
    "verification_report": VerificationReport,
    "waveform": Waveform,
    "words": Words,
}
"""The model of each kind of JSON artefact."""


class _WithoutTitles(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: object) -> bool:
        """Leave out the titles of fields, which repeat their names."""
        return False


def schema(kind: str) -> str:
    """Return the schema of a kind as text."""
    # Of the doubts, each has an `id`, which only a serialisation shows.
    mode: Literal["serialization", "validation"] = (
        "serialization" if kind == "doubts" else "validation"
    )
    made = TypeAdapter(MODELS[kind]).json_schema(mode=mode, schema_generator=_WithoutTitles)
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    made["title"] = kind.replace("_", " ")
    return json.dumps(made, ensure_ascii=False, indent=2) + "\n"


def main() -> None:
    """Write every schema."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for kind in MODELS:
        (FOLDER / f"{kind}.json").write_text(schema(kind), "utf-8")


if __name__ == "__main__":
    main()
