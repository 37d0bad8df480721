"""scikit-learn's MLPClassifier and MLPRegressor, in one process and in two."""

import time
import warnings
from typing import Any

from benchmarks.judge import Layers
from benchmarks.peers.one_by_one import finished, joined, one_by_one, sampled
from benchmarks.peers.spec import Finished, Peer, Ready, Work, trains_networks
from benchmarks.threads import fastest_threads, threads_note
from benchmarks.workload import Model, Workload, spread

LOSSES = {
    "binary": frozenset({"bce_with_logits"}),
    "multiclass": frozenset({"cross_entropy"}),
    "regression": frozenset({"mse"}),
}
PROCESSES = 2
_WHILE = 2.0  # seconds


def fit(workload: Workload, model: Model) -> Any:
    """Train one network for all its epochs, without penalty and without stopping early."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    estimator = MLPRegressor if workload.task == "regression" else MLPClassifier
    net = estimator(
        hidden_layer_sizes=workload.hidden,
        activation="relu",
        solver="adam",
        alpha=0.0,
        batch_size=workload.batch_size,
        learning_rate_init=model.lr,
        max_iter=workload.epochs,
        random_state=model.seed,
        tol=0.0,
        n_iter_no_change=workload.epochs,
        early_stopping=False,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # all epochs are wanted, no more
        return net.fit(workload.X, workload.y)


def _layers(net: Any) -> Layers:
    return list(zip(net.coefs_, net.intercepts_, strict=True))


def _prepare(workload: Workload) -> Ready:
    from threadpoolctl import threadpool_limits

    from losslab.training.engines.fleet import available_cores

    start = workload.beginning()
    threads = fastest_threads(
        lambda: fit(start, start.models[0]), threadpool_limits, available_cores()
    )
    return one_by_one(
        workload,
        lambda model: fit(workload, model),
        _layers,
        LOSSES[workload.task],
        threads_note(threads),
    )


def _prepare_processes(workload: Workload) -> Ready:
    """Networks shared out to two processes that are there already, one BLAS thread each."""
    from joblib import Parallel, delayed

    count, start = PROCESSES * workload.sample, workload.beginning()
    numbers = spread(workload.models, count, LOSSES[workload.task])

    pool = Parallel(n_jobs=PROCESSES)
    pool(delayed(_start)(start) for _ in range(PROCESSES))

    def train() -> Finished:
        nets = pool(delayed(fit)(workload, workload.models[number]) for number in numbers)
        return finished(workload, dict(zip(numbers, nets, strict=True)), _layers)

    note = joined(sampled(workload, len(numbers)), "two processes, 1 thread each")
    return Ready(train=train, note=note, close=end_processes)


def end_processes() -> None:
    """End joblib's processes, which would wait for more work long after everything is done."""
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True, kill_workers=True)


def _start(workload: Workload) -> None:
    """Import and train once, then keep this process busy while the other one does."""
    fit(workload, workload.models[0])
    time.sleep(_WHILE)


def _several(work: Work) -> bool:
    return isinstance(work, Workload) and len(work.models) > 1


ALONE = Peer(
    name="sklearn",
    title="scikit-learn",
    needs=("sklearn",),
    suits=trains_networks,
    prepare=_prepare,
)
IN_PROCESSES = Peer(
    name="sklearn_processes",
    title="scikit-learn x 2",
    needs=("sklearn", "joblib"),
    suits=_several,
    prepare=_prepare_processes,
)
