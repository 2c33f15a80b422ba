"""Which reader a timeline is for: Final Cut Pro, Premiere and its kin, or OpenTimelineIO."""

from __future__ import annotations

from pathlib import PurePath

from pipeline.editing.edit_lists import fcp7_xml, fcpxml, otio
from pipeline.editing.edit_lists.model import list_error
from pipeline.editing.edit_lists.safe_xml import parse_xml
from pipeline.editing.edit_lists.timeline import Timeline
from pipeline.i18n import _

__all__ = ["read"]


def read(raw: bytes, name: str) -> Timeline:
    """Read a timeline; XML says itself which kind it is. Raises FormError."""
    if PurePath(name).suffix.lower() == ".otio":
        return otio.read(raw, name)
    root = parse_xml(raw, name)
    if root.tag == "fcpxml":
        return fcpxml.read(root, name)
    if root.tag == "xmeml":
        return fcp7_xml.read(root, name)
    raise list_error(
        name, None,
        _("it is neither FCPXML nor the XML of Premiere and Final Cut Pro 7 (“{tag}”).").format(
            tag=str(root.tag)[:40]
        ),
        _("Export it as Final Cut Pro XML, FCPXML, EDL or OTIO."),
    )  # fmt: skip
