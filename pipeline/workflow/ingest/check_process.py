"""Check a large file in a process of its own, whose time and memory the kernel limits.

    python -m pipeline.workflow.ingest.check_process KIND PATH

Small files are checked where they are: the readers take time in proportion to the size.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pipeline import errors
from pipeline.core.processes.child import Child, Limits
from pipeline.core.processes.resource_limits import ResourceLimits
from pipeline.errors import InputError
from pipeline.i18n import _, language
from pipeline.kinds import KINDS, Kind

__all__ = ["SMALL_BYTES", "check_apart"]

SMALL_BYTES = 1 << 20
_LIMITS = ResourceLimits(memory_bytes=2 << 30, cpu_s=60, file_bytes=1 << 20, network=False)
_WALL_S = 180.0
_MODULE = "pipeline.workflow.ingest.check_process"


def check_apart(kind: Kind, path: Path) -> None:
    """Check a file as `deposits.CHECKS` does. Raises InputError, also where a limit is passed."""
    command = [sys.executable, "-m", _MODULE, kind.slug, str(path.absolute())]
    limits = Limits(_WALL_S, _WALL_S)
    with Child(command, {"CHIFENG_LANG": language()}, _LIMITS) as child:
        try:
            told = b"".join(child.chunks(limits))
            code = child.wait(limits)
        except TimeoutError:
            told, code = b"", 1
    if code or not told:
        raise InputError(
            _("{file} takes too much time or memory to read.").format(file=path.name),
            remedy=_("Check that it is the right file, and export it anew."),
            path=path,
        )
    found = json.loads(told)
    if found:
        raise getattr(errors, found["error"])(found["what"], remedy=found["remedy"], path=path)


def main() -> None:
    """Check the file that the arguments name, and print what is wrong with it as JSON."""
    from pipeline.workflow.ingest.deposits import CHECKS

    kind, path = KINDS[sys.argv[1]], Path(sys.argv[2])
    found: dict[str, str] = {}
    try:
        CHECKS[kind.slug](path)
    except InputError as error:
        known = type(error).__name__ if type(error).__name__ in errors.__all__ else "InputError"
        found = {"error": known, "what": error.what, "remedy": error.remedy}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
