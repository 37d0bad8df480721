"""Learning rates of ``auto`` go on beyond an end of the grid while the best lies there."""

from dataclasses import replace

import pytest

from example_studies import RecordingMonitor, compare_table, count_runs, numbers, table
from losslab.experiment.comparison import tuning
from losslab.experiment.comparison.candidates import Candidate, Trial
from losslab.experiment.comparison.tuning import extend_rates, next_above, next_below
from losslab.training.catalog import OPTIMIZERS
from losslab.training.run import Run

GRID = OPTIMIZERS["adam"].learning_rates
# Three epochs of a few steps: the larger the rate the better.
SHORT = {"loss": "mse,l1", "epochs": 3}


def list_rates(row):
    return tuple(rate.lr for rate in row.tuning.rates)


def test_a_best_rate_at_an_end_is_followed_two_steps_at_most():
    recorder = RecordingMonitor()
    found = compare_table(table(), monitor=recorder, **SHORT)
    for row in found.rows:
        beyond = set(list_rates(row)) - set(GRID)
        assert beyond <= {0.1, 0.3}
        assert row.training.runs == len(list_rates(row)) * found.splits.n_splits
        assert row.tuning.lr in list_rates(row)
        assert list(list_rates(row)) == sorted(list_rates(row))
    assert any(len(list_rates(row)) > len(GRID) for row in found.rows)
    assert sum(row.training.runs for row in found.rows) == found.provenance.runs_trained
    said = "did best at an end of the learning rates tried; trying 0.1 as well"
    assert any(said in line for line in recorder.lines)


def test_what_was_tried_beyond_the_grid_is_found_again(tmp_path):
    store = tmp_path / "runs.sqlite"
    first = compare_table(table(), store, **SHORT)
    again = compare_table(table(), store, **SHORT)
    assert count_runs(again) == (
        0,
        first.provenance.runs_trained,
    )
    assert numbers(again) == numbers(first)


@pytest.mark.parametrize("options", [{"lr": "0.01,0.03"}, {"budget": 10_000}], ids=str)
def test_rates_that_were_given_and_a_budget_are_kept_to(options):
    given = (0.01, 0.03) if "lr" in options else GRID
    for row in compare_table(table(), **SHORT, **options).rows:
        assert set(list_rates(row)) <= set(given)


CANDIDATE = Candidate(name="mse", run=Run(loss="mse", task="regression"), rates=(0.01, 0.03, 0.1))


def beyond(*chosen, candidate=CANDIDATE, monkeypatch):
    trials = {split: Trial(rate) for split, rate in enumerate(chosen)}
    monkeypatch.setattr(tuning, "choose_trials", lambda *given: trials)
    return extend_rates(candidate, {split: {} for split in trials})


@pytest.mark.parametrize(
    ("chosen", "further"),
    [
        ([0.01, 0.01, 0.01], (0.003,)),
        ([0.1, 0.1, 0.03], (0.3,)),
        ([0.1, 0.1, 0.03, 0.01], ()),
        ([0.03, 0.03, 0.03], ()),
    ],
)
def test_only_a_rate_that_most_splits_chose_leads_further(chosen, further, monkeypatch):
    assert beyond(*chosen, monkeypatch=monkeypatch) == further


def test_a_pairing_that_is_wrong_on_purpose_is_not_followed(monkeypatch):
    run = Run(loss="bce_with_logits", head="sigmoid", task="binary", unchecked=True)
    wrong = replace(CANDIDATE, run=run)
    assert run.objective.wrong is not None
    assert beyond(0.1, 0.1, candidate=wrong, monkeypatch=monkeypatch) == ()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_ladder_goes_on_from_the_grid_of_every_optimizer(name):
    grid = OPTIMIZERS[name].learning_rates
    assert [next_above(rate) for rate in grid[:-1]] == list(grid[1:])
    assert [next_below(rate) for rate in grid[1:]] == list(grid[:-1])
    assert next_below(1e-30) < 1e-30 < 1e30 < next_above(1e30)
