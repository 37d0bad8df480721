"""Training of many runs: plan chunks, train them on all cores, and yield results."""

import os
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

import numpy as np
import torch
from numpy.typing import ArrayLike

from losslab.core.errors import ContractError, DataError, OptionError
from losslab.training.engines.catalog import ENGINES, choose_engine, compile_for
from losslab.training.engines.chunks import Chunk, plan_chunks
from losslab.training.engines.grouping import Tables, group_runs
from losslab.training.result import Hooks, Result
from losslab.training.run import Run
from losslab.training.split_arrays import prepare_arrays
from losslab.training.threads import yield_to_workers

# One trains, and one waits to train or for the caller.
_CHUNKS_PER_WORKER = 2
# Runs read ahead from an iterator: enough to fill chunks, few enough to keep in memory.
_BLOCK = 8192

EngineName = Literal["auto", "compiled", "stacked", "trainer"]


def train(  # noqa: PLR0913
    runs: Iterable[Run],
    X: ArrayLike,
    y: ArrayLike,
    splits: Iterable[object] | None = None,
    engine: EngineName = "auto",
    sample_weight: ArrayLike | None = None,
) -> Generator[Result]:
    """Train runs on arrays and yield their results as they finish, in no particular order.

    Training waits when more than a few results wait for the caller, so that a hundred thousand runs
    take no more memory than a hundred, apart from what the caller keeps. Invalid arguments are
    reported at the call, before anything is trained.

    Args:
        runs: what to train; ``run.split`` counts the splits. An iterator is read some thousands of
            runs ahead, and checked as it is read.
        X: features ``(N, F)``, ready for a network.
        y: labels ``(N,)``: class codes 0..K-1, or values.
        splits: pairs (train, test) of row numbers, as from scikit-learn's ``KFold(5).split(X)``, or
            objects with the row numbers ``train`` and maybe ``validation`` and ``test``; None
            trains on all. Without validation rows the last epoch is kept.
        engine: ``compiled`` trains losses of the catalogue on CPU cores; ``stacked`` any loss, many
            models as one tensor; ``trainer`` one model at a time, by plain autograd; ``auto``
            chooses the fastest that can train a run. The first use of the compiled engine on a
            machine takes some seconds, which is announced on standard error.
        sample_weight: one nonnegative weight per row ``(N,)``, for every mean over training or
            validation rows.

    Examples:
        >>> import numpy as np
        >>> X = np.array([[-2.0], [-1.0], [1.0], [2.0]])
        >>> run = Run(loss="mse", task="regression", hidden=(), lr=0.1, epochs=60, optimizer="sgd")
        >>> (result,) = train([run], X, 3 * X[:, 0] + 1)
        >>> bool(result.train_loss[-1] < 1e-3)
        True
    """
    if isinstance(runs, Run) or not isinstance(runs, Iterable):
        raise OptionError(
            "train needs a sequence of runs",
            got="a single run" if isinstance(runs, Run) else f"one {type(runs).__name__}",
            fix="train([run], X, y)",
        )
    tables = prepare_arrays(X, y, splits, sample_weight)
    options = FleetOptions(
        engine=engine, notify=lambda text: sys.stderr.write(f"losslab: {text}\n")
    )
    return _flatten(train_chunks(runs, tables, options))


def _flatten(chunks: Generator[list[Result]]) -> Generator[Result]:
    with closing(chunks):
        for results in chunks:
            yield from results


@dataclass(frozen=True)
class FleetOptions:
    """How runs are trained; no option changes a result.

    Args:
        engine: ``auto``, ``compiled``, ``stacked`` or ``trainer``.
        workers: chunks trained side by side, one thread each; by default one per core.
        after_epoch: called, from any thread, with the runs that have completed another epoch.
        notify: called with a message before code is compiled, which takes some seconds.
    """

    engine: EngineName = "auto"
    workers: int | None = None
    after_epoch: Callable[[Sequence[Run]], None] = lambda runs: None
    notify: Callable[[str], object] = lambda text: None


def count_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on Windows or macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def train_chunks(
    runs: Iterable[Run], tables: Tables, options: FleetOptions | None = None
) -> Generator[list[Result]]:
    """Train runs and yield the results of each chunk as it finishes; check a sequence at the call.

    No more than two chunks per worker are ever in training or waiting, so a slow caller slows
    training down and no other results pile up. Closing the iterator, or an interrupt, stops all
    chunks at their next step, or the next call of the compiled loop, which takes about a tenth of a
    second or one epoch of one model.
    """
    options = options or FleetOptions()
    if isinstance(runs, Sequence):
        samples = _check_runs(runs, tables, options.engine)
        return _train_blocks([(samples, runs)], tables, options)
    source = iter(runs)
    blocks: Iterator[list[Run]] = iter(lambda: list(islice(source, _BLOCK)), [])
    checked = ((_check_runs(block, tables, options.engine), block) for block in blocks)
    return _train_blocks(checked, tables, options)


def _train_blocks(
    blocks: Iterable[tuple[list[Run], Sequence[Run]]], tables: Tables, options: FleetOptions
) -> Generator[list[Result]]:
    workers = options.workers or count_cores()
    chunks = _plan_blocks(blocks, tables, workers, options)
    stop = threading.Event()
    hooks = Hooks(after_epoch=options.after_epoch, stop=stop.is_set)
    # Two threads in one small matrix product are slower than two chunks with one thread each.
    pool = ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,))
    running: list[Future[list[Result]]] = []
    with yield_to_workers():
        try:
            while True:
                ready = list(islice(chunks, _CHUNKS_PER_WORKER * workers - len(running)))
                # With fewer chunks than workers, idle cores help the others.
                cores = max(1, workers // max(1, len(running) + len(ready)))
                for chunk in ready:
                    train_together = ENGINES[chunk.engine].train
                    chunk_hooks = replace(hooks, cores=cores)
                    running.append(pool.submit(train_together, chunk.runs, tables, chunk_hooks))
                if not running:
                    return
                wait(running, return_when=FIRST_COMPLETED)
                finished = next(future for future in running if future.done())
                running.remove(finished)
                yield finished.result()
                del finished  # with all its weights, before waiting for the next
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)


def _plan_blocks(
    blocks: Iterable[tuple[list[Run], Sequence[Run]]],
    tables: Tables,
    workers: int,
    options: FleetOptions,
) -> Iterator[Chunk]:
    """Compile the kernels of runs and divide them into chunks, block by block."""
    for samples, block in blocks:
        if options.engine in ("auto", "compiled"):
            compile_for(samples, options.notify)
        yield from plan_chunks(block, tables, workers, options.engine)


def _check_runs(runs: Sequence[Run], tables: Tables, engine: str) -> list[Run]:
    """Refuse runs that cannot be trained; return one run of each group."""
    for run in runs:
        if not isinstance(run, Run):
            raise OptionError(
                "train needs runs",
                got=f"one {type(run).__name__} among them",
                fix='train([Run(loss="mse", task="regression")], X, y)',
            )
    # The runs of a group differ in nothing that is checked below.
    samples = [group[0] for group in group_runs(runs)]
    for run in samples:
        choose_engine(engine, run)
    _check_splits(samples, tables)
    _check_labels(samples, tables)
    _check_weights(samples, tables)
    return samples


def _check_splits(runs: Sequence[Run], tables: Tables) -> None:
    beyond = [run.split for run in runs if run.split >= len(tables)]
    if beyond:
        raise OptionError(
            f"needed run.split from 0 to {len(tables) - 1}, for {len(tables)} splits",
            got=str(max(beyond)),
            fix="pass as many splits as the runs count",
        )


def _check_labels(runs: Sequence[Run], tables: Tables) -> None:
    """Refuse labels that are invalid for a target encoding, or are no class codes."""
    checked = set()
    for run in runs:
        codec = run.objective.codec
        key = run.split, codec.name, repr(codec.params)
        if not run.unchecked and key not in checked:
            codec.check(tables[run.split].y)
            checked.add(key)
    needed = {
        (run.split, run.objective.codec.n_classes or 2)
        for run in runs
        if run.objective.codec.reads == "classes"
    }
    for split, n_classes in sorted(needed):
        labels = tables[split].y
        codes = np.arange(n_classes)
        if not np.isin(labels, codes).all():
            raise DataError(
                f"needed class codes 0 to {n_classes - 1} in y",
                got=f"labels such as {labels[~np.isin(labels, codes)][0]}",
                fix="np.unique(labels, return_inverse=True)[1] numbers the classes from 0",
            )


def _check_weights(runs: Sequence[Run], tables: Tables) -> None:
    """Refuse weights that are all 0 on a part, or a loss that cannot be weighted."""
    for split in sorted({run.split for run in runs}):
        table = tables[split]
        if table.weight is None:
            continue
        for part, rows in (("training", table.train), ("validation", table.validation)):
            if len(rows) and not table.weight[rows].any():
                raise DataError(
                    f"needed some {part} rows of split {split} to weigh more than 0",
                    got=f"weight 0 for all {len(rows)}",
                    fix="leave the split out, or split by classes and weights alike",
                )
    for run in runs:
        loss = run.objective.loss
        if loss.reduces == "rows" and tables[run.split].weight is not None:
            raise ContractError(
                f"loss {loss.name!r} needs to return one value per row to be weighted",
                got="a single value for all rows",
                fix="return the values before their mean: values.mean(-1)",
            )
