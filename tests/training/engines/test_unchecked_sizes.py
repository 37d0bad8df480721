"""Whatever is admitted, right or wrong, the compiled engine computes what the trainer does."""

import numpy as np
import pytest

from losslab import Run, train
from losslab.core.errors import LosslabError
from losslab.core.tasks import TASKS
from losslab.data.split import SplitPlan, make_splits
from losslab.losses.catalog import LOSSES
from losslab.objectives.catalog import HEADS

CLASSES = {"binary": 2, "multiclass": 3}
X = np.random.default_rng(0).normal(size=(60, 3))
CURVES = ("train_loss", "validation_loss", "selection", "test_output")


def labels(task):
    y = np.argsort(np.argsort(X[:, 0])) * CLASSES.get(task, 6) // 60
    return y if task in CLASSES else y.astype(float)


def make_unchecked_run(loss, head, task):
    """An unchecked run, or None where not even PyTorch could compute it."""
    try:
        return Run(
            loss=loss,
            task=task,
            head=head,
            n_classes=CLASSES.get(task),
            hidden=(4,),
            epochs=2,
            batch_size=16,
            dtype="float64",
            unchecked=True,
        )
    except LosslabError:
        return None


@pytest.mark.filterwarnings("ignore:the loss is:RuntimeWarning")
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("loss", LOSSES)
def test_under_every_head_a_loss_trains_as_by_the_trainer(loss, task):
    y = labels(task)
    splits = make_splits(y, task, SplitPlan(n_splits=3))
    for head in HEADS:
        run = make_unchecked_run(loss, head, task)
        if run is None:
            continue
        (compiled,) = train([run], X, y, splits, engine="compiled")
        (looped,) = train([run], X, y, splits, engine="trainer")
        assert compiled.diverged_at == looped.diverged_at, head
        for curve in CURVES:
            np.testing.assert_allclose(
                getattr(compiled, curve),
                getattr(looped, curve),
                rtol=1e-7,
                atol=1e-9,
                err_msg=f"{curve} under {head}",
            )


def test_most_pairings_can_be_computed_so_that_little_is_passed_over():
    built = [
        make_unchecked_run(*parts)
        for parts in ((n, h, t) for n in LOSSES for h in HEADS for t in TASKS)
    ]
    assert sum(run is not None for run in built) > 0.8 * len(built)
