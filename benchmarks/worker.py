"""A peer in its own process, which isolates its threads, settings and failures."""

import gc
import os
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from typing import Any

from benchmarks.peers.catalog import PEERS
from benchmarks.peers.spec import Finished, Peer, Ready, Work

_END_PATIENCE = 5.0  # seconds


class PeerError(Exception):
    """A peer failed; the text is the last line of its error."""


@dataclass(frozen=True, kw_only=True)
class Timing:
    """One training of a workload, or of a part of it.

    Args:
        seconds: by the clock.
        cpu: seconds of all cores of the peer's own process.
        units: how many networks or fits were trained.
        losses: their final losses by number.
    """

    seconds: float
    cpu: float
    units: int
    losses: Mapping[str, float] = field(default_factory=dict)


class Worker:
    """A process that has prepared a workload and trains on request.

    Args:
        peer: what trains.
        work: what is trained.

    Raises:
        PeerError: if the peer cannot get ready.
    """

    def __init__(self, peer: Peer, work: Work) -> None:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, peer.name, work))
        self._process.start()
        theirs.close()
        try:
            self.compiling, self.note = self._answer()
        except PeerError:
            self.close()
            raise

    def train(self) -> Timing:
        """Train once, from scratch.

        Raises:
            PeerError: if the peer failed.
        """
        self._pipe.send("train")
        timing: Timing = self._answer()
        return timing

    def close(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.join(_END_PATIENCE)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join()

    def _answer(self) -> Any:
        try:
            fine, content = self._pipe.recv()
        except EOFError as error:
            raise PeerError("its process ended") from error
        if not fine:
            raise PeerError(content)
        return content


def serve(pipe: Connection, name: str, work: Work) -> None:
    """Prepare, then train on request until the pipe is closed."""
    # What peers print has no place in the table's terminal.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    ready = Ready(train=lambda: Finished(units=0, losses=dict))
    try:
        ready = PEERS[name].prepare(work)
        pipe.send((True, (ready.compiling, ready.note)))
        while True:
            pipe.recv()
            pipe.send((True, time_training(ready)))
    except EOFError:
        return
    except Exception as error:
        pipe.send((False, "".join(traceback.format_exception_only(error)).strip()))
    finally:
        ready.close()


def _end_with_parent() -> None:
    """End this process at once when its parent has ended."""
    parent = parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)


def time_training(ready: Ready) -> Timing:
    """Time one training; weights are read and losses computed afterwards."""
    gc.collect()
    cpu, started = time.process_time(), time.perf_counter()
    finished = ready.train()
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    return Timing(seconds=seconds, cpu=cpu, units=finished.units, losses=finished.losses())
