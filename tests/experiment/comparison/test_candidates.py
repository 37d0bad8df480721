"""Candidates: every combination of the axes, paired by split, told apart, folded or refused."""

from collections import Counter
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from example_studies import RecordingMonitor, compare_table, numbers, settings, study, table
from losslab.core.errors import LosslabError, ObjectiveError, UnknownNameError
from losslab.experiment.comparison import schedule
from losslab.experiment.comparison.candidates import make_candidates
from losslab.losses.catalog import LOSSES
from losslab.objectives.catalog import list_losses
from losslab.training.catalog import OPTIMIZERS
from losslab.training.engines.fleet import FleetOptions, train_chunks
from losslab.training.initialization import draw_batch_order, draw_weights

AXES = {
    "loss": ["bce_with_logits", "mse"],
    "head": ["sigmoid", "softmax"],
    "optimizer": ["sgd(momentum=0.9)", "adam"],
    "lr": [0.1, 0.01],
    "hidden": ["8", "4,4"],
    "activation": ["relu", "tanh"],
    "batch_size": [16, 32],
}
SET_UP = {
    "loss": lambda own: own.run.objective.loss.name,
    "head": lambda own: own.run.objective.head.name,
    "optimizer": lambda own: own.run.optimizer,
    "lr": lambda own: own.rates,
    "hidden": lambda own: own.run.hidden,
    "activation": lambda own: own.run.activation,
    "batch_size": lambda own: own.run.batch_size,
}


def candidates(data=None, **options):
    return make_candidates(settings(**options), data or table())[0]


def notes(data=None, **options):
    return make_candidates(settings(**options), data or table())[1]


def names(data=None, **options):
    return [candidate.name for candidate in candidates(data, **options)]


@pytest.mark.parametrize("axis", AXES)
def test_every_option_given_as_a_list_is_an_axis(axis):
    found = candidates(**{"loss": "mse", "lr": 0.1, axis: AXES[axis]})
    assert len({SET_UP[axis](own) for own in found}) == len(found) == 2
    for other in AXES:
        if other not in (axis, "head"):  # another loss may have another usual head
            assert len({SET_UP[other](own) for own in found}) == 1


def test_every_option_given_as_a_list_on_the_command_line_is_the_same_axis():
    for axis, values in AXES.items():
        text = values if axis == "hidden" else [",".join(map(str, values))]
        first, second = ({"loss": "mse", axis: given} for given in (text, values))
        assert candidates(**first) == candidates(**second)


def test_candidates_are_all_combinations_of_the_axes():
    found = candidates(**{**AXES, "loss": ["mse", "l1"]})
    combinations = [tuple(read(own) for read in SET_UP.values()) for own in found]
    assert len(set(combinations)) == len(found) == 2 ** len(AXES)
    values = [list(dict.fromkeys(read(own) for own in found)) for read in SET_UP.values()]
    assert set(combinations) == set(product(*values))
    assert len({own.name for own in found}) == len(found)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression", "count"])
def test_by_default_every_loss_that_fits_the_task_is_a_candidate_or_folded_into_one(task):
    found = candidates(table(task))
    folded = [loss for own in found for loss in own.same_as]
    assert sorted([own.name for own in found] + folded) == sorted(list_losses(task))
    assert {own.name: own.same_as for own in found if own.same_as} == FOLDED[task]


FOLDED = {
    "binary": {"bce_with_logits": ("bce",), "cross_entropy": ("nll", "kl_div")},
    "multiclass": {"cross_entropy": ("nll", "kl_div")},
    "regression": {"huber": ("smooth_l1",)},
    "count": {},
}


@pytest.mark.parametrize(
    ("task", "losses", "lines"),
    [
        ("regression", "huber(delta=1),smooth_l1(beta=1)", {"huber": ("smooth_l1",)}),
        ("regression", "huber(delta=2),smooth_l1", {"huber(delta=2)": (), "smooth_l1": ()}),
        ("regression", "huber,smooth_l1(beta=2)", {"huber": (), "smooth_l1(beta=2)": ()}),
        ("binary", "cross_entropy,kl_div(smoothing=0)", {"cross_entropy": ("kl_div",)}),
        (
            "multiclass",
            "nll,kl_div(smoothing=0.1)",
            {"nll": (), "kl_div(smoothing=0.1)": ()},
        ),
    ],
)
def test_only_usual_parameters_have_equal_gradients(task, losses, lines):
    assert {own.name: own.same_as for own in candidates(table(task), loss=losses)} == lines


def test_another_smoothing_is_another_candidate_with_runs_of_its_own():
    found = compare_table(
        table(), loss="kl_div(smoothing=0.1),kl_div(smoothing=0.4),kl_div", lr=0.01
    )
    assert {row.name for row in found.rows} == {
        *("kl_div(smoothing=0.1)", "kl_div(smoothing=0.4)", "kl_div")
    }
    assert (found.provenance.runs_trained, found.provenance.duplicates) == (3 * 2, 0)
    assert len({row.scores.metrics["log_loss"] for row in found.rows}) == 3


def test_settings_of_an_optimizer_reach_its_runs():
    (own,) = candidates(loss="mse", optimizer="sgd(momentum=0.9,nesterov=true)")
    assert own.run.to_dict()["optimizer_params"]["momentum"] == 0.9
    assert own.run.to_dict()["optimizer_params"]["nesterov"] == 1.0


def test_rates_are_the_optimizers_grid_or_one_fixed_rate():
    grid, fixed = candidates(loss="mse,l1"), candidates(loss="mse", lr="0.1,0.02")
    assert all(own.rates == OPTIMIZERS["adam"].learning_rates for own in grid)
    assert [own.rates for own in fixed] == [(0.1,), (0.02,)]
    assert {run.lr for run in fixed[1].list_runs(study(table()).splits, 0)} == {0.02}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_auto_tries_at_least_five_rates_in_order_for_every_loss_and_split(optimizer):
    for own in candidates(optimizer=optimizer):
        splits = study(table()).splits
        tried = Counter(run.split for run in own.list_runs(splits, 0))
        assert tried == {split.index: len(own.rates) for split in splits}
        assert len(set(own.rates)) >= 5
        assert list(own.rates) == sorted(own.rates)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"loss": "mse"}, ["mse"]),
        ({"loss": "mse,l1", "activation": "tanh"}, ["mse", "l1"]),
        ({"loss": "mse", "head": "sigmoid,softmax"}, ["mse on sigmoid", "mse on softmax"]),
        (
            {"loss": "mse", "optimizer": "sgd(momentum=0.9),sgd"},
            ["mse / sgd(momentum=0.9)", "mse / sgd"],
        ),
        ({"loss": "mse", "hidden": ["8", "none"]}, ["mse / hidden 8", "mse / hidden none"]),
        ({"loss": "mse", "lr": "0.1,0.01"}, ["mse / lr 0.1", "mse / lr 0.01"]),
        ({"loss": "mse", "batch_size": "16,32"}, ["mse / batch 16", "mse / batch 32"]),
        (
            {"loss": "mse,l1", "activation": "relu,tanh"},
            ["mse / relu", "mse / tanh", "l1 / relu", "l1 / tanh"],
        ),
    ],
)
def test_names_say_what_differs_and_nothing_else(options, expected):
    assert names(**options) == expected


def test_on_one_split_all_candidates_start_from_one_seed_and_each_split_from_its_own():
    splits = study(table(), splits=3, repeats=2).splits
    runs = [own.list_runs(splits, 7) for own in candidates(**{**AXES, "loss": ["mse", "l1"]})]
    seeds = [{run.seed for own in runs for run in own if run.split == i} for i in range(6)]
    assert all(len(own) == 1 for own in seeds)
    assert len(set.union(*seeds)) == 6
    assert seeds[0] != {candidates()[0].list_runs(splits, 8)[0].seed}


def test_paired_runs_have_the_same_initial_weights_and_batch_orders():
    made = study(table())
    first, second = (own.list_runs(made.splits, 0)[0] for own in candidates(loss="mse,hinge"))
    assert first.objective.loss != second.objective.loss
    rows, sizes = len(made.splits[0].train), (5, 8, 1)
    for ours, theirs in zip(*(draw_weights(sizes, r.seed) for r in (first, second)), strict=True):
        assert all(map(np.array_equal, ours, theirs))
    for epoch in range(3):
        orders = [draw_batch_order(rows, run.seed, epoch) for run in (first, second)]
        assert np.array_equal(*orders)
    # What a learning rate of almost nothing leaves is where a run began.
    still = [replace(run, lr=1e-30, epochs=1) for run in (first, second)]
    chunks = train_chunks(still, made.tables, FleetOptions(workers=1))
    ours, theirs = (result for chunk in chunks for result in chunk)
    for layer, other in zip(ours.layers, theirs.layers, strict=True):
        assert all(map(np.array_equal, layer, other))


def test_a_candidate_scores_the_same_whatever_it_is_compared_with():
    alone = compare_table(table(), loss="mse", lr=0.01)
    among = compare_table(table(), loss="hinge,mse,l1", lr="0.01,0.1", activation="relu,tanh")
    (row,) = [row for row in among.rows if row.name == "mse / relu / lr 0.01"]
    assert row.scores.values.tolist() == alone.rows[0].scores.values.tolist()
    assert row.scores.metrics == alone.rows[0].scores.metrics


def test_what_is_asked_for_twice_counts_once_and_the_runs_saved_are_counted(monkeypatch):
    monkeypatch.setattr(schedule, "MAX_EXTENSIONS", 0)
    found = compare_table(table(), loss="mse,l1,mse,mse", lr="0.01")
    assert len(found.rows) == 2
    assert (found.provenance.runs_trained, found.provenance.duplicates) == (2 * 2, 2 * 2)
    assert "asked for more than once, trained and counted once: mse" in found.notes
    usual = compare_table(table(), loss="mse", head=["sigmoid", "sigmoid"], optimizer="adam,adam")
    assert usual.provenance.runs_trained == 2 * 5
    assert usual.provenance.duplicates == 3 * usual.provenance.runs_trained


def test_a_function_given_twice_is_one_candidate_even_if_it_has_no_identity():
    class Own:
        def __call__(self, prediction, target):
            return (prediction - target).abs()

    own = Own()
    assert [found.requests for found in candidates(loss=[own, own])] == [2]
    assert [found.requests for found in candidates(loss=[own, Own()])] == [1, 1]


def twins(task="binary"):
    """Two losses with equal gradients, one of them twice the other plus one."""
    first = replace(LOSSES["mse"], name="first", same_as={task: ("second",)})
    second = replace(LOSSES["mse"], name="second", same_as={task: ("first",)})
    return first, second


@pytest.mark.parametrize("backwards", [False, True])
def test_losses_with_equal_gradients_are_one_line_and_count_once(backwards):
    pair = twins()[::-1] if backwards else twins()
    (one, other), recorder = pair, RecordingMonitor()
    found = compare_table(table(), monitor=recorder, loss=[one, "l1", other, other], lr="0.01")
    assert {row.name: row.candidate.same_as for row in found.rows} == {
        one.name: (other.name,),
        "l1": (),
    }
    said = f"{one.name} stands for {other.name} too: their gradients are equal"
    assert said in found.notes
    assert said in recorder.lines
    assert found.provenance.runs_trained == 2 * 2


def test_a_claim_of_equal_gradients_may_stand_on_either_side():
    first, second = twins()
    bare = replace(second, same_as={})
    assert len(candidates(loss=[first, bare])) == len(candidates(loss=[bare, first])) == 1


def test_equal_gradients_hold_for_the_task_and_the_usual_heads_only():
    assert len(candidates(table("regression"), loss=list(twins("binary")))) == 2
    found = candidates(loss=list(twins()), head="sigmoid,identity", unchecked=True)
    folded = [own for own in found if own.same_as]
    usual = candidates(loss=[twins()[0]])[0].run.objective.head.name
    assert [own.run.objective.head.name for own in folded] == [usual]


def test_losses_with_equal_gradients_stay_apart_where_anything_else_differs():
    found = candidates(loss=list(twins()), lr="0.1,0.01", activation="relu,tanh")
    assert len(found) == 4
    assert all(own.same_as == ("second",) for own in found)


def test_two_losses_of_one_name_stay_two_candidates_with_results_of_their_own():
    both = [lambda p, t: (p - t).abs(), lambda p, t: (p - t) ** 4]
    found = compare_table(table(), loss=both, lr=0.01)
    assert sorted(row.name for row in found.rows) == ["<lambda> #1", "<lambda> #2"]
    for number, loss in enumerate(both, 1):
        (row,) = [row for row in found.rows if row.name == f"<lambda> #{number}"]
        alone = compare_table(table(), loss=loss, lr=0.01).rows[0]
        assert (row.scores.values.tolist(), row.scores.metrics) == (
            alone.scores.values.tolist(),
            alone.scores.metrics,
        )


@pytest.mark.parametrize(
    ("task", "options", "named"),
    [
        (
            "multiclass",
            {"loss": "mse,bce_with_logits"},
            ("--loss bce_with_logits:", "'outcome'", "'blue', 'green', 'red'", "cross_entropy"),
        ),
        (
            "binary",
            {"loss": "cross_entropy", "head": "softmax"},
            ("--loss cross_entropy --head softmax:", "'outcome'", "'no', 'yes'", "'identity'"),
        ),
        ("regression", {"loss": "hinge"}, ("--loss hinge:", "'outcome'", "numbers", "mse")),
        ("count", {"loss": "mse", "head": "softmax"}, ("--loss mse --head softmax:", "identity")),
    ],
)
def test_a_pairing_that_does_not_fit_is_refused_by_option_column_and_classes(
    task, options, named, tmp_path
):
    store = tmp_path / "runs.sqlite"
    with pytest.raises(ObjectiveError) as caught:
        compare_table(table(task), store, **options)
    assert all(part in str(caught.value) for part in named)
    assert not list(tmp_path.iterdir())


def test_the_remedy_mentions_unchecked_only_where_that_would_admit_the_pairing():
    with pytest.raises(ObjectiveError, match="or --unchecked, which admits it"):
        candidates(loss="cross_entropy", head="softmax")
    with pytest.raises(ObjectiveError) as caught:
        candidates(table("regression"), loss="cross_entropy")
    assert "--unchecked" not in caught.value.fix
    with pytest.raises(ObjectiveError, match="not even unchecked") as caught:
        candidates(table("regression"), loss="cross_entropy", unchecked=True)
    assert "--unchecked" not in caught.value.fix


def test_unchecked_admits_a_pairing_marked_with_the_reason_and_never_recommended():
    found = compare_table(
        table(), loss="cross_entropy", head="identity,softmax", unchecked=True, lr=0.01
    )
    wrong = {row.candidate.head: row.candidate.wrong for row in found.rows}
    assert wrong["identity"] is None
    assert "needs raw scores, but got probabilities from head 'softmax'" in wrong["softmax"]
    assert "cross_entropy on softmax is wrong on purpose and never recommended." in found.verdict
    assert found.recommendation.name == "cross_entropy on identity"


def test_losses_that_do_not_fit_a_head_are_left_out_and_said():
    recorder = RecordingMonitor()
    found = compare_table(table(), monitor=recorder, head="sigmoid", lr=0.01)
    assert {row.name for row in found.rows} == {"bce", "mse", "l1"}
    left_out = [note for note in found.notes if note.startswith("left out")]
    assert left_out == [line for line in recorder.lines if line.startswith("left out")]
    assert [note.split(":")[0] for note in left_out] == [
        f"left out {loss} on sigmoid" for loss in list_losses("binary") if loss not in BOUNDED
    ]


BOUNDED = ("bce", "mse", "l1")  # losses of predictions in [0, 1]


def test_a_head_that_fits_no_loss_is_refused():
    with pytest.raises(ObjectiveError, match="--head sigmoid") as caught:
        candidates(table("regression"), head="sigmoid")
    assert "left out mse on sigmoid" in caught.value.got


@pytest.mark.parametrize("option", ["loss", "head"])
def test_an_unknown_loss_or_head_gets_the_nearest_name(option):
    nearest = {"loss": ("mes", "mse"), "head": ("sigmoyd", "sigmoid")}[option]
    with pytest.raises(UnknownNameError, match=f"did you mean '{nearest[1]}'"):
        candidates(**{option: nearest[0]})


def test_a_metric_of_probabilities_leaves_out_losses_without_and_refuses_them_by_name():
    found = compare_table(table(), metric="log_loss", lr=0.01)
    assert "hinge" not in {row.name for row in found.rows}
    assert all(row.verdict != "diverged" for row in found.rows)
    assert any(note.startswith("left out hinge: metric 'log_loss' needs") for note in found.notes)
    with pytest.raises(ObjectiveError, match="--loss hinge: metric 'brier' needs class prob"):
        candidates(loss="mse,hinge", metric="brier")
    assert "hinge" in names(metric="auc")  # which ranks by scores


def test_a_metric_of_another_task_is_refused_before_anything_is_written(tmp_path):
    for task, metric, fitting in (
        ("binary", "rmse", "accuracy"),
        ("regression", "accuracy", "rmse, mae, r2"),
    ):
        with pytest.raises(LosslabError, match=f"--metric for task '{task}'") as caught:
            compare_table(table(task), tmp_path / "runs.sqlite", metric=metric)
        assert fitting in caught.value.fix
    assert not list(tmp_path.iterdir())


def test_the_same_request_finds_the_same_to_the_last_bit():
    first, second, other = (compare_table(table(), epochs=2, seed=seed) for seed in (0, 0, 1))
    assert numbers(first) == numbers(second) != numbers(other)
