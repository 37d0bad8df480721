"""A budget cuts rates first, then epochs, then splits, and says what it cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from example_studies import (
    RecordingMonitor,
    compare_table,
    count_runs,
    executor,
    numbers,
    settings,
    study,
    table,
)
from losslab.experiment.comparison import budget, schedule
from losslab.experiment.comparison.budget import (
    KEPT_RATES,
    MIN_EPOCHS,
    MIN_SPLITS,
    TRIAL_SPLITS,
    Workload,
    plan_budget,
)
from losslab.experiment.comparison.candidates import make_candidates
from losslab.experiment.comparison.schedule import train_all
from losslab.experiment.cost import estimate_seconds
from losslab.experiment.formatting import format_count, format_duration
from losslab.experiment.store import Store

WORK = st.builds(
    Workload,
    seconds=st.floats(0.01, 1e6),
    rates=st.integers(1, 8),
    epochs=st.integers(1, 500),
    n_splits=st.integers(2, 40),
)
BUDGET = st.floats(0.01, 1e6)


def runs_left(cut, work):
    """Runs a candidate still makes, counted one by one."""
    runs = 0
    for split in range(cut.n_splits):
        runs += KEPT_RATES if cut.narrowed and split >= TRIAL_SPLITS else work.rates
    return runs


def seconds_left(cut, work):
    """What is left costs, by the share of runs and epochs that is left."""
    share = runs_left(cut, work) / (work.rates * work.n_splits) * cut.epochs / work.epochs
    return work.seconds * share


@given(BUDGET, WORK)
def test_a_cut_never_asks_for_more_than_was_asked_for(budget, work):
    cut = plan_budget(budget, work)
    assert 1 <= cut.epochs <= work.epochs
    assert 2 <= cut.n_splits <= work.n_splits
    assert seconds_left(cut, work) <= work.seconds * (1 + 1e-9)


@given(BUDGET, WORK)
def test_something_is_said_if_and_only_if_something_is_cut(budget, work):
    cut = plan_budget(budget, work)
    said = " ".join(cut.notes)
    assert ("learning rates narrowed" in said) == cut.narrowed
    assert ("epochs capped" in said) == (cut.epochs < work.epochs)
    assert ("splits capped" in said) == (cut.n_splits < work.n_splits)
    if work.seconds <= budget:
        assert cut.notes == ()
    else:
        assert cut.notes


@given(BUDGET, WORK)
def test_what_is_left_fits_the_budget_unless_nothing_more_can_go_and_then_that_is_said(
    budget, work
):
    cut = plan_budget(budget, work)
    if "more than the budget" not in " ".join(cut.notes):
        assert seconds_left(cut, work) <= budget * (1 + 1e-9)
        return
    assert seconds_left(cut, work) > budget * (1 - 1e-9)
    assert cut.epochs == min(work.epochs, MIN_EPOCHS)
    assert cut.n_splits == min(work.n_splits, MIN_SPLITS)
    assert cut.narrowed == work.narrowable


@given(BUDGET, WORK)
def test_rates_go_first_then_epochs_then_splits(budget, work):
    cut = plan_budget(budget, work)
    if cut.epochs < work.epochs and work.narrowable:
        assert cut.narrowed
    if cut.n_splits < work.n_splits:
        assert cut.epochs == min(work.epochs, MIN_EPOCHS)


@given(BUDGET, BUDGET, WORK)
def test_a_larger_budget_never_leaves_less(one, other, work):
    less, more = (plan_budget(budget, work) for budget in sorted((one, other)))
    assert (less.epochs, less.n_splits) <= (more.epochs, more.n_splits)
    assert less.narrowed >= more.narrowed


@pytest.mark.parametrize(
    ("budget", "left"),
    [
        (100, (False, 50, 10)),
        (60, (True, 50, 10)),
        (30, (True, 28, 10)),
        (10, (True, 10, 9)),
        (1, (True, 10, 3)),
    ],
)
def test_a_hundred_seconds_are_cut_step_by_step(budget, left):
    cut = plan_budget(budget, Workload(seconds=100, rates=5, epochs=50, n_splits=10))
    assert (cut.narrowed, cut.epochs, cut.n_splits) == left


@pytest.fixture
def slow(monkeypatch):
    """Let every epoch of every run cost a second, whatever this machine can do."""
    calls = []

    def seconds(runs, tables):
        calls.append(len(runs))
        return float(sum(run.epochs for run in runs))

    monkeypatch.setattr(budget, "estimate_seconds", seconds)
    return calls


OPTIONS = {"loss": "mse,l1", "splits": 4, "epochs": 12}
FULL = 2 * 4 * 5 * 12


def test_within_the_budget_nothing_is_cut(slow):
    found = compare_table(table(), budget=FULL, **OPTIONS)
    assert found.cuts == ()
    assert found.provenance.runs_trained == 2 * 4 * 5
    assert found.settings["splits"] == "4 folds x 1"


def test_narrowed_rates_are_the_two_best_of_two_splits(slow, monkeypatch):
    monkeypatch.setattr(schedule, "MAX_EXTENSIONS", 0)
    recorder = RecordingMonitor()
    found = compare_table(table(), monitor=recorder, budget=0.75 * FULL, **OPTIONS)
    said = "learning rates narrowed from 5 to 2 on the first 2 splits"
    assert found.cuts == (said,)
    assert f"to stay within the budget: {said}" in recorder.lines
    assert found.provenance.runs_trained == 2 * (2 * 5 + 2 * 2)
    whole = compare_table(table(), **OPTIONS)
    for row in found.rows:
        (full,) = [own for own in whole.rows if own.name == row.name]
        places = {
            rate.lr: sum(
                sum(other.selection[split] < rate.selection[split] for other in full.tuning.rates)
                for split in range(2)
            )
            for rate in full.tuning.rates
        }
        best = sorted(places, key=lambda lr: (places[lr], lr))[:2]
        assert set(row.tuning.lrs[2:]) <= set(best)
        assert row.tuning.lr in best
        assert row.tuning.lrs[:2] == full.tuning.lrs[:2]
        assert row.training.runs == 2 * 5 + 2 * 2
        assert [rate.selection[2] == rate.selection[2] for rate in row.tuning.rates] == [
            rate.lr in best for rate in row.tuning.rates
        ]


def test_a_tiny_budget_ends_in_a_recommendation_and_says_everything_it_cut(slow):
    found = compare_table(table(), budget=1, **OPTIONS)
    assert [cut.split(" ")[0] for cut in found.cuts] == ["learning", "epochs", "splits", "even"]
    assert found.splits.n_splits == 3 == len(found.rows[0].scores.values)
    assert found.settings["splits"] == "the first 3 of 4 folds x 1"
    assert found.settings["epochs"] == "10, the best kept"
    assert found.rows[0].training.train_loss.shape == (3, 10)
    assert found.recommendation is not None


def test_with_fixed_rates_there_is_nothing_to_narrow(slow):
    found = compare_table(table(), budget=100, lr=0.01, **{**OPTIONS, "epochs": 20})
    assert [cut.split(" ")[0] for cut in found.cuts] == ["epochs"]


def test_the_same_budget_is_cut_the_same_way_again_and_trains_nothing(slow, tmp_path):
    store = tmp_path / "runs.sqlite"
    first = compare_table(table(), store, budget=300, **OPTIONS)
    again = compare_table(table(), store, budget=300, **OPTIONS)
    assert len(slow) == 1
    assert count_runs(again) == (
        0,
        first.provenance.runs_trained,
    )
    assert numbers(again) == numbers(first)


def test_what_is_stored_costs_nothing(slow, tmp_path):
    store = tmp_path / "runs.sqlite"
    compare_table(table(), store, **OPTIONS)
    found = compare_table(table(), store, budget=1, **OPTIONS)
    assert found.cuts == ()
    assert found.provenance.runs_trained == 0


def test_a_real_budget_works_on_the_real_clock():
    found = compare_table(table(), budget="0.0001s", epochs=12, loss="mse", splits=3)
    assert found.cuts
    assert found.recommendation.name == "mse"


def test_an_estimate_is_positive_unless_there_is_nothing_to_train():
    of = study(table())
    (own,) = make_candidates(settings(loss="mse"), of.data)[0]
    assert estimate_seconds([], of.tables) == 0.0
    assert estimate_seconds(own.list_runs(of.splits, 0), of.tables) > 0


def test_before_each_stage_the_number_of_runs_and_the_time_are_said(tmp_path):
    recorder, store = RecordingMonitor(), tmp_path / "runs.sqlite"
    compare_table(table(), store, recorder, loss="mse", lr=0.01)
    assert "2 runs, about 1 s of training" in recorder.lines
    recorder = RecordingMonitor()
    compare_table(table(), store, recorder, loss="mse", lr=0.01, repeats=2)
    assert "4 runs, 2 of them stored already, about 1 s of training" in recorder.lines
    recorder = RecordingMonitor()
    compare_table(table(), store, recorder, loss="mse", lr=0.01)
    assert "2 runs, 2 of them stored already" in recorder.lines


def test_cutting_leaves_the_candidates_with_the_epochs_they_trained():
    asked = settings(**{**OPTIONS, "budget": 0.001})
    of = study(table(), **OPTIONS)
    with Store.open(None) as store:
        trained = train_all(executor(of, store), make_candidates(asked, of.data)[0], asked)
    assert {own.run.epochs for own in trained.candidates} == {trained.plan.epochs} == {10}


def test_durations_and_counts_are_said_as_people_do():
    assert [format_duration(seconds) for seconds in (0, 89, 90, 5399, 5400)] == [
        "1 s",
        "89 s",
        "2 min",
        "90 min",
        "1.5 h",
    ]
    assert [format_count(number, "run") for number in (0, 1, 2)] == ["0 runs", "1 run", "2 runs"]
