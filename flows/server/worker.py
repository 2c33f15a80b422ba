"""One worker: performs stages of some queues for the home that CHIFENG_HOME names.

`python -m flows.server.worker speech,render`. It imports no Prefect: the ledger says what is to
be done, and the runs of Prefect's that wait for it see there that it was.
"""

from __future__ import annotations

import logging
import sys

from flows.bootstrap import open_from_environment
from flows.slots import stage_slot
from pipeline.core.processes.parent_death import die_with_parent
from pipeline.errors import ChifengError
from pipeline.queues import Queue
from pipeline.workflow.scheduling.worker import Worker

__all__ = ["main"]


def main() -> int:
    """Work until told to stop: what is under way then is done again by whoever comes next."""
    die_with_parent()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    queues = tuple(Queue(word) for word in sys.argv[1].split(","))
    try:
        Worker(open_from_environment(), queues, stage_slot).work()
    except ChifengError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
