"""How large a comparison would be, known before anything is made."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from example_studies import compare_table, settings, table
from losslab.core.errors import OptionError
from losslab.experiment.comparison import study
from losslab.experiment.comparison.candidates import make_candidates
from losslab.experiment.comparison.study import (
    MAX_RUNS,
    check_size,
    estimate_size,
    format_bytes,
    make_study,
)
from losslab.experiment.store import Store


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"lr": "0.1,0.01,0.001", "splits": 3, "repeats": 2},
        {"optimizer": "sgd,adam", "loss": "mse,l1"},
        {"hidden": ["8", "none"], "activation": "relu,tanh", "batch_size": "8,16"},
        {"loss": "mse,l1", "head": "sigmoid,identity"},
    ],
)
def test_runs_are_counted_without_making_them_and_rightly(options):
    asked, data = settings(**options), table()
    candidates, _ = make_candidates(asked, data)
    splits = make_study(asked, data, impute=False).splits
    assert estimate_size(asked, data).runs == sum(
        len(own.list_runs(splits, 0)) for own in candidates
    )


def test_a_thousand_million_runs_are_refused_with_their_count_and_bytes(monkeypatch, tmp_path):
    made = []
    monkeypatch.setattr(Store, "open", lambda *_: made.append("store"))
    monkeypatch.setattr(
        "losslab.experiment.comparison.compare.make_candidates", lambda *_: made.append("grid")
    )
    monkeypatch.setattr(
        "losslab.experiment.comparison.compare.make_study", lambda *_: made.append("splits")
    )
    with pytest.raises(OptionError) as caught:
        compare_table(
            table(), tmp_path / "runs.sqlite", loss="mse", lr="0.1", splits=10, repeats=10**8
        )
    assert f"{10**9:,} runs" in caught.value.got
    assert "of memory" in caught.value.got
    assert "TiB of disk" in caught.value.got
    assert "--repeats" in caught.value.fix
    assert "--yes" in caught.value.fix
    assert not made


def test_yes_lets_any_size_pass():
    asked = settings(repeats=10**8, yes=True)
    assert check_size(asked, table()).runs == 2 * 10**8 * 9 * 5


def test_at_most_so_many_runs_pass_without_asking():
    one_a_split = {"loss": "mse", "lr": "0.1"}
    assert MAX_RUNS == 2 * 10_000 == 3 * 6_667 - 1
    assert check_size(settings(**one_a_split, splits=2, repeats=10_000), table())
    with pytest.raises(OptionError, match=f"at most {MAX_RUNS:,} runs"):
        check_size(settings(**one_a_split, splits=3, repeats=6_667), table())


def test_a_table_that_would_not_fit_into_memory_is_refused_before_it_is_copied(monkeypatch):
    monkeypatch.setattr(study, "measure_memory", lambda: 2**22)
    with pytest.raises(OptionError, match=r"half of the 4\.0 MiB of memory"):
        check_size(settings(repeats=50), table(rows=2000))
    assert check_size(settings(), table()).memory < 2**21


def test_very_many_epochs_are_refused_for_their_curves():
    with pytest.raises(OptionError, match="--epochs"):
        check_size(settings(epochs=10**12), table())


def test_bytes_on_disk_are_estimated_to_the_right_order(tmp_path):
    store, options = tmp_path / "runs.sqlite", {"epochs": 40, "splits": 5}
    compare_table(table(), store, **options)
    estimate = estimate_size(settings(**options), table()).disk
    assert 0.3 < sum(file.stat().st_size for file in tmp_path.iterdir()) / estimate < 3


@given(st.integers(0, 2**62))
def test_bytes_are_written_with_the_largest_unit_that_fits(count):
    number, unit = format_bytes(count).split()
    power = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"].index(unit)
    assert abs(float(number) - count / 1024**power) <= 0.051
    assert float(number) <= 1024 or unit == "PiB"
    assert float(number) >= 1 or unit == "B"


def test_memory_is_read_from_the_system_or_guessed(monkeypatch):
    assert study.measure_memory() >= 2**28
    monkeypatch.delattr(os, "sysconf", raising=False)
    assert study.measure_memory() == 8 * 2**30
