"""scikit-learn's MLPClassifier and MLPRegressor, in one process and in two."""

import time
import warnings
from typing import Any

from benchmarks.judge import Layers
from benchmarks.peers.one_by_one import describe_sample, join_notes, make_finished, train_one_by_one
from benchmarks.peers.spec import Finished, Peer, Ready, Work, is_workload
from benchmarks.threads import describe_threads, find_fastest_threads
from benchmarks.workload import Model, Workload, choose_spread

LOSSES = {
    "binary": frozenset({"bce_with_logits"}),
    "multiclass": frozenset({"cross_entropy"}),
    "regression": frozenset({"mse"}),
}
PROCESSES = 2
_WHILE = 2.0  # seconds


def fit(workload: Workload, model: Model) -> Any:
    """Train one network for all epochs, without penalty and early stopping."""
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


def _get_layers(net: Any) -> Layers:
    return list(zip(net.coefs_, net.intercepts_, strict=True))


def _prepare(workload: Workload) -> Ready:
    from threadpoolctl import threadpool_limits

    from losslab.training.engines.fleet import count_cores

    start = workload.take_start()
    threads = find_fastest_threads(
        lambda: fit(start, start.models[0]), threadpool_limits, count_cores()
    )
    return train_one_by_one(
        workload,
        lambda model: fit(workload, model),
        _get_layers,
        LOSSES[workload.task],
        describe_threads(threads),
    )


def _prepare_processes(workload: Workload) -> Ready:
    """Distribute networks over two running processes with one BLAS thread each."""
    from joblib import Parallel, delayed

    count, start = PROCESSES * workload.sample, workload.take_start()
    numbers = choose_spread(workload.models, count, LOSSES[workload.task])

    pool = Parallel(n_jobs=PROCESSES)
    pool(delayed(_start)(start) for _ in range(PROCESSES))

    def train() -> Finished:
        nets = pool(delayed(fit)(workload, workload.models[number]) for number in numbers)
        return make_finished(workload, dict(zip(numbers, nets, strict=True)), _get_layers)

    note = join_notes(describe_sample(workload, len(numbers)), "two processes, 1 thread each")
    return Ready(train=train, note=note, close=end_processes)


def end_processes() -> None:
    """End joblib's processes, which would otherwise keep waiting for work."""
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True, kill_workers=True)


def _start(workload: Workload) -> None:
    """Import and train once, then keep this process busy while the other one does."""
    fit(workload, workload.models[0])
    time.sleep(_WHILE)


def _has_several_models(work: Work) -> bool:
    return isinstance(work, Workload) and len(work.models) > 1


ALONE = Peer(
    name="sklearn",
    title="scikit-learn",
    needs=("sklearn",),
    suits=is_workload,
    prepare=_prepare,
)
IN_PROCESSES = Peer(
    name="sklearn_processes",
    title="scikit-learn x 2",
    needs=("sklearn", "joblib"),
    suits=_has_several_models,
    prepare=_prepare_processes,
)
