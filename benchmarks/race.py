"""One workload on all peers that have a place in it."""

from collections.abc import Callable, Sequence

from benchmarks.floor import Floor, compute_floor, measure_peak
from benchmarks.peers.spec import Peer, Work
from benchmarks.requirement import find_own_row
from benchmarks.rounds import train_in_turns
from benchmarks.row import Row
from benchmarks.worker import PeerError, Worker
from benchmarks.workload import Workload
from losslab.training.engines.fleet import count_cores


def run_race(
    work: Work,
    peers: Sequence[Peer],
    rounds: int,
    skip: Callable[[str, str], None],
    say: Callable[[str], None],
) -> list[Row]:
    """Prepare peers one after the other, then let them train in turns.

    Args:
        work: what all of them train.
        peers: who takes part, if the work suits them.
        rounds: how often each is timed.
        skip: told what is left out, and why.
        say: told what goes on.
    """
    workers: dict[str, Worker] = {}

    def failed(name: str, reason: str) -> None:
        skip(f"{work.name}, {name}", f"failed: {reason}")

    try:
        for peer in peers:
            if not peer.suits(work):
                continue
            say(f"{work.name}: {peer.title} gets ready")
            try:
                workers[peer.name] = Worker(peer, work)
            except PeerError as error:
                failed(peer.name, str(error))
        say(f"{work.name}: a warm-up and {rounds} rounds")
        return train_in_turns(work.name, workers, rounds, failed)
    finally:
        for worker in workers.values():
            worker.close()


def find_floor(work: Work, rows: Sequence[Row]) -> Floor | None:
    """Find the floor of a measured workload; None without a row of losslab."""
    ours = find_own_row(rows, work.name)
    if ours is None or not isinstance(work, Workload):
        return None
    # A fleet can keep every core busy; a single network those that it was seen to use.
    cores = count_cores()
    if len(work.models) < cores:
        cores = min(max(round(ours.cores), 1), cores)
    return compute_floor(work, measure_peak(work.n_parameters), cores)
