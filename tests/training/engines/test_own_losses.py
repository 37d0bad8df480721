"""A user's own loss trains in a fleet as by the trainer, whatever it assumes of its arguments."""

from dataclasses import replace

import numpy as np
import pytest

from engine_samples import assert_equal_results, tables, train_both_ways
from losslab.core.errors import ContractError, DataError
from losslab.losses.catalog import LOSSES
from losslab.training.engines.fleet import train
from losslab.training.engines.stacked import train_stacked
from losslab.training.run import Run
from losslab.training.split_arrays import SplitArrays


def first_column(prediction, target):
    return (prediction[:, 0] - target[:, 0]) ** 2


def own_cross_entropy(prediction, target):
    return -(target * prediction.log_softmax(1))


def weighted_by_the_batch(prediction, target):
    return (prediction - target) ** 2 * len(target) / target.abs().sum()


def root_of_the_mean(prediction, target):
    return ((prediction - target) ** 2).mean().sqrt()


def summed(prediction, target):
    return ((prediction - target) ** 2).sum() / 100


@pytest.mark.parametrize(
    ("loss", "task"),
    [
        (first_column, "regression"),
        (own_cross_entropy, "multiclass"),
        (weighted_by_the_batch, "regression"),
        (root_of_the_mean, "regression"),
        (summed, "regression"),
    ],
)
def test_rows_means_and_sums_equal_the_trainer(loss, task):
    run = Run(
        loss=loss,
        task=task,
        n_classes=3 if task == "multiclass" else None,
        hidden=(7,),
        batch_size=13,
        epochs=4,
        dtype="float64",
        lr=0.003,
        split=1,
    )
    splits = [
        # More validation rows than a block holds, so that blocks would show.
        replace(table, validation=np.concatenate([table.validation, table.test]))
        for table in tables(task, n_rows=330)
    ]
    assert_equal_results(*train_both_ways(run, splits), tolerance=1e-8)


def test_a_batch_that_is_empty_for_every_own_loss_is_no_step():
    table = tables("regression", n_rows=203)[0]
    longer = replace(table, train=np.arange(65))
    shorter = replace(table, train=np.arange(64))
    template = Run(loss="mse", task="regression", hidden=(5,), epochs=2, dtype="float64")
    own = replace(template, loss=root_of_the_mean, split=1)
    (alone,) = train_stacked([own], [longer, shorter])
    together = train_stacked([template, own], [longer, shorter])[1]
    np.testing.assert_allclose(together.train_loss, alone.train_loss, rtol=1e-12)


def test_the_last_digits_of_a_parameter_tell_two_losses_apart():
    def scaled(prediction, target, *, factor):
        return factor * (prediction - target) ** 2

    mse = LOSSES["mse"]
    scaled_loss = replace(
        mse, name="scaled", fn=scaled, kernel=None, params={"factor": 1.0},
        param_ranges={"factor": mse.prediction.within},
    )  # fmt: skip
    runs = [
        Run(loss=scaled_loss.bind(factor=factor), task="regression", hidden=(4,), epochs=1)
        for factor in (0.1000001, 0.1000004)
    ]
    table = tables("regression")[0]
    together = [r.train_loss[0] for r in train_stacked(runs, [table])]
    alone = [train_stacked([run], [table])[0].train_loss[0] for run in runs]
    assert together == pytest.approx(alone, rel=1e-7)
    assert together[0] < together[1]


def test_a_siblings_missing_validation_rows_switch_off_nobody_elses():
    table = tables("binary")[0]
    bare = replace(table, validation=table.validation[:0])
    run = Run(loss="mse", task="binary", hidden=(4,), epochs=3)
    splits = [table, bare]
    results = {
        r.run.split: r for r in train([run, replace(run, split=1)], table.X, table.y, splits)
    }
    assert np.isfinite(results[0].selection).all()
    assert np.isnan(results[1].selection).all()
    assert results[1].best_epoch == 3


def test_a_run_whose_scores_overflow_has_not_diverged_if_its_loss_is_finite():
    generator = np.random.default_rng(0)
    X = generator.normal(size=(90, 5))
    table = SplitArrays(
        X=X,
        y=X[:, 0] * 5,
        train=np.arange(50),
        validation=np.arange(50, 70),
        test=np.arange(70, 90),
    )
    run = Run(loss="l1", task="regression", hidden=(64, 64), lr=1e6, epochs=5)
    (result,) = train_stacked([run], [table])
    assert not np.isfinite(result.selection).any()
    assert np.isfinite(result.train_loss).all()
    assert result.diverged_at is None
    assert result.best_epoch == 5


def test_a_float64_run_gives_a_float64_model():
    table = tables("binary")[0]
    run = Run(loss="mse", task="binary", hidden=(np.int64(4),), epochs=1, dtype="float64")
    (result,) = train_stacked([run], [table])
    assert {str(parameter.dtype) for parameter in result.model().parameters()} == {"torch.float64"}
    assert result.run.key == replace(run, hidden=(4,)).key


def test_a_loss_cut_from_the_graph_is_named():
    def cut(prediction, target):
        return (prediction.detach() - target).square().mean()

    table = tables("regression")[0]
    with pytest.raises(ContractError, match="'cut' needs a value that depends on the prediction"):
        train_stacked([Run(loss=cut, task="regression", epochs=1)], [table])


@pytest.mark.parametrize("labels", [[-1, 1], [1, 2], [0.0, 0.5], [0, 2]])
def test_labels_that_are_no_class_codes_are_refused(labels):
    y = np.array(labels * 10)
    run = Run(loss="bce_with_logits", task="binary", epochs=1)
    with pytest.raises(DataError, match="needed class codes 0 to 1 in y"):
        list(train([run], np.zeros((20, 2)), y))


def test_an_own_loss_beside_any_number_of_siblings_sees_all_validation_rows():
    table = tables("regression", n_rows=330)[0]
    table = replace(table, validation=np.concatenate([table.validation, table.test]))
    own = Run(loss=root_of_the_mean, task="regression", hidden=(5,), epochs=2, dtype="float64")
    runs = [replace(own, seed=seed) for seed in range(3)]
    siblings = [replace(own, loss="mse", seed=seed) for seed in range(2)]
    alone = train_stacked(runs, [table])
    for ours, theirs in zip(train_stacked([*runs, *siblings], [table]), alone, strict=False):
        np.testing.assert_allclose(ours.validation_loss, theirs.validation_loss, rtol=1e-12)
