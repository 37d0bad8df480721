"""scikit-learn's GridSearchCV in two processes: the study of one loss, log loss, in a new process.

The splits, learning rates, hidden layers, batch size and epochs are those of ``losslab compare``.
Run as a module it makes the study and prints its result.
"""

import json
import subprocess
import sys
import warnings

from benchmarks.peers.compare_command import is_study
from benchmarks.peers.sklearn import end_processes
from benchmarks.peers.spec import Finished, Peer, Ready
from benchmarks.study import Study

PROCESSES = 2


def _prepare(study: Study) -> Ready:
    numbers = [str(number) for number in (study.epochs, study.splits, study.repeats)]
    command = [sys.executable, "-m", "benchmarks.peers.grid_search", study.table, *numbers]

    def run() -> Finished:
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found = json.loads(output)
        losses = {"validation log loss": float(found["best"])}
        return Finished(units=int(found["fits"]), losses=lambda: losses)

    return Ready(train=run, note="two processes; log loss only; start of Python included")


def search(study: Study) -> dict[str, float]:
    """Fit every learning rate on every split; return the number of fits and the best log loss."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.model_selection import GridSearchCV
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from losslab.data.catalog import load_dataset
    from losslab.data.split import SplitPlan, make_splits
    from losslab.training.catalog import OPTIMIZERS

    data = load_dataset(study.table)
    X = data.X.copy()
    for name in X.select_dtypes("category"):
        X[name] = X[name].cat.codes
    plan = SplitPlan(n_splits=study.splits, repeats=study.repeats)
    folds = [(split.train, split.validation) for split in make_splits(data.y, data.task, plan)]
    net = MLPClassifier(
        hidden_layer_sizes=(64, 64),
        alpha=0.0,
        batch_size=32,
        max_iter=study.epochs,
        tol=0.0,
        n_iter_no_change=study.epochs,
        random_state=0,
    )
    rates = {"mlpclassifier__learning_rate_init": OPTIMIZERS["adam"].learning_rates}
    grid = GridSearchCV(
        make_pipeline(StandardScaler(), net),
        rates,
        cv=folds,
        scoring="neg_log_loss",
        n_jobs=PROCESSES,
        refit=False,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        grid.fit(X.to_numpy("float32"), data.y)
    end_processes()
    scores = -grid.cv_results_["mean_test_score"]
    return {"fits": len(scores) * len(folds), "best": float(scores.min())}


PEER = Peer(
    name="grid_search",
    title="GridSearchCV x 2",
    needs=("sklearn", "joblib"),
    suits=is_study,
    prepare=_prepare,
)


if __name__ == "__main__":
    table, *counts = sys.argv[1:]
    epochs, splits, repeats = map(int, counts)
    asked = Study(
        name="", description="", table=table, epochs=epochs, splits=splits, repeats=repeats
    )
    sys.stdout.write(json.dumps(search(asked)))
