"""``python -m benchmarks``: measure losslab and its peers, print the tables and write them."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.catalog import WORKLOADS
from benchmarks.floor import Floor
from benchmarks.machine import describe_machine, list_package_versions
from benchmarks.options import Options, read_options
from benchmarks.pages import show
from benchmarks.peers.catalog import PEERS
from benchmarks.peers.spec import Peer, Work
from benchmarks.race import find_floor, run_race
from benchmarks.results import Results
from benchmarks.row import Row
from benchmarks.table import make_requirements_table, make_workload_table
from losslab.core.errors import DataError, LosslabError

BAD_INPUT = 2
# Each peer chooses its own number of threads.
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")

_PAGE = 110  # columns, where nobody says how wide a page is
_QUIET = 0.5  # cores kept busy by others on average

Skip = Callable[[str, str], None]


def main(words: Sequence[str] | None = None) -> None:
    """Measure what was asked for."""
    try:
        measure(read_options(words))
    except LosslabError as error:
        sys.stderr.write(f"error: {error}\n")
        raise SystemExit(BAD_INPUT) from None


def measure(options: Options) -> None:
    """Measure each workload and print its table."""
    _prepare_environment()
    console, aside = Console(), Console(stderr=True)
    if not console.is_terminal:
        console = Console(width=_PAGE)
    skipped: list[str] = []

    def skip(what: str, why: str) -> None:
        skipped.append(f"{what}: {why}")
        aside.print(f"skipped {what}: {why}", style="yellow", markup=False, highlight=False)

    machine = describe_machine()
    if float(machine["load_before"]) > _QUIET:
        aside.print(f"this machine is busy (load {machine['load_before']}); threads that wait for")
        aside.print("each other suffer most, so PyTorch with two threads would look too slow")
    rows: list[Row] = []
    floors: dict[str, Floor] = {}
    peers = select_installed([PEERS[name] for name in options.peers], skip)
    works = load_workloads(options.workloads, options.quick, skip)
    for work in works:
        found = run_race(work, peers, options.rounds, skip, aside.print)
        floor = find_floor(work, found)
        rows += found
        if floor is not None:
            floors[work.name] = floor
        show(console, make_workload_table(work, found, floor))
    show(console, make_requirements_table(rows, floors))
    if options.quick:
        console.print("--quick shows that everything works, not how fast it is")
    if options.out is not None:
        results = Results(
            machine=machine,
            versions=list_package_versions(),
            rounds=options.rounds,
            works=works,
            rows=rows,
            floors=floors,
            skipped=skipped,
        )
        results.write(options.out)
        console.print(f"written: {options.out / 'results.json'} and results.md")


def select_installed(peers: Sequence[Peer], skip: Skip) -> list[Peer]:
    """Select peers whose packages are installed, and report the others as skipped."""
    for peer in peers:
        if peer.list_missing():
            skip(peer.name, f"not installed: {', '.join(peer.list_missing())}")
    return [peer for peer in peers if not peer.list_missing()]


def load_workloads(names: Sequence[str], quick: bool, skip: Skip) -> list[Work]:
    """Load workloads, and report those without their data as skipped."""
    works: list[Work] = []
    for name in names:
        try:
            work = WORKLOADS[name]()
        except DataError as error:
            skip(name, str(error))
        else:
            works.append(work.quick() if quick else work)
    return works


def _prepare_environment() -> None:
    for name in _THREADS:
        os.environ.pop(name, None)
    if os.environ.get("LOSSLAB_DATA"):  # meant from here; some peers work in other folders
        os.environ["LOSSLAB_DATA"] = str(Path(os.environ["LOSSLAB_DATA"]).resolve())


if __name__ == "__main__":
    main()
