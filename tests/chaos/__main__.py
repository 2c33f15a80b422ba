"""The long version: `./run chaos [ROUNDS [SEED]]`, on SQLite and PostgreSQL in turn."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

from postgresql import running

from chaos.faults import faults_of
from chaos.phase import Phase, phase
from chaos.production import made

_ROUNDS = 30
_PER_PHASE = 10


def main() -> int:
    """Say what was done in each round; raise at the first thing that is not as it must be."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else _ROUNDS
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    os.environ["CHIFENG_LANG"] = "en"
    done: Counter[str] = Counter()
    for first in range(0, rounds, _PER_PHASE):
        ledger = ("postgresql", "sqlite")[first // _PER_PHASE % 2]
        count = min(_PER_PHASE, rounds - first)
        print(f"phase of {count} rounds on {ledger}, seed {seed + first}", flush=True)
        done += _phase(ledger, count, seed + first)
    print(f"{sum(done.values())} rounds, everything right: {dict(done)}")
    return 0


def _phase(ledger: str, rounds: int, seed: int) -> Counter[str]:
    done: Counter[str] = Counter()
    folder = Path(tempfile.mkdtemp(prefix="chifeng-chaos-"))
    print(f"  in {folder}, which is removed if all goes right", flush=True)
    with running() if ledger == "postgresql" else nullcontext() as server:
        os.environ["PGHOST"] = str(server.folder) if server else ""
        production = made(folder, server)
        with phase(production, server, seed) as going:
            for n in range(rounds):
                done[_round(going, n)] += 1
            going.settle()
            _tell(going)
        production.ledger.close()
    shutil.rmtree(folder)
    return done


def _round(going: Phase, n: int) -> str:
    going.crew.take_on(f"person-{n}", 2)
    time.sleep(going.chance.uniform(1, 10))
    fault = going.chance.choice(faults_of(going))
    print(f"  {n + 1}: {fault.__name__}", flush=True)
    fault(going)
    going.keep()
    return fault.__name__


def _tell(going: Phase) -> None:
    crew = going.crew
    print(
        f"  {len(crew.slugs)} subjects finished, {sum(crew.signed.values())} sign-offs and "
        f"{sum(crew.deposited.values())} deposits all there; {going.restarts} programs were "
        f"started again; asked again after {len(crew.asked_again)} failures"
    )
    for line in [*crew.asked_again, *sorted(set(crew.refused))]:
        print(f"    {line}")


if __name__ == "__main__":
    sys.exit(main())
