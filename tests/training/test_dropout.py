"""Dropout: which units are left out is a hash, the same in every engine."""

from dataclasses import replace

import numba
import numpy as np
import pytest
import torch
from torch import nn

from engine_samples import assert_equal_results, bits, tables, train_both_ways, train_in_order
from losslab import MLP
from losslab.core.errors import OptionError
from losslab.training import dropout
from losslab.training.catalog import ACTIVATIONS
from losslab.training.dropout import Dropout, compute_threshold, dropout_hash, hash_row, wrap_seed
from losslab.training.engines.stacked.network import DropoutMasks
from losslab.training.run import Run

FAST = pytest.mark.parametrize("engine", ["stacked", "compiled"])
SEEDS = (0, 1, 2**31, 2**40 + 7, 2**64 - 1)


def lowbias32(x):
    """Wellons' function in whole numbers of any size, taken modulo 2^32 as C does."""
    x ^= x >> 16
    x = x * 0x7FEB352D % 2**32
    x ^= x >> 15
    x = x * 0x846CA68B % 2**32
    return x ^ x >> 16


def hash_by_hand(seed, step, layer, row, unit):
    key = lowbias32(seed % 2**32 ^ lowbias32(seed // 2**32 % 2**32))
    for number in (step, layer, row, unit):
        key = lowbias32((key + number) % 2**32)
    return key


def hashes(seed=0, step=0, layer=0, rows=200, units=300):
    """The hashes of a whole layer, ``(rows, units)``."""
    return dropout_hash(
        hash_row(seed, step, layer, np.arange(rows)[:, np.newaxis]), np.arange(units)
    )


def a_run(**settings):
    usual = {"loss": "bce_with_logits", "task": "binary", "hidden": (11, 6), "dropout": 0.3}
    return Run(**{**usual, "batch_size": 30, "epochs": 3, "dtype": "float64", **settings})


# The hash


def test_the_mixing_is_the_published_function():
    numbers = [0, 1, 2, 7919, 2**31, 2**32 - 1]
    assert [dropout.mix_bits(x) for x in numbers] == [lowbias32(x) for x in numbers]


@pytest.mark.parametrize("seed", SEEDS)
def test_numpy_torch_and_numba_give_the_same_numbers_as_whole_numbers_of_any_size(seed):
    places = [(0, 0, 0, 0), (1, 2, 3, 4), (10**6, 7, 65_535, 511), (2**33, 1, 0, 2**20)]
    expected = [hash_by_hand(seed, *place) for place in places]
    step, layer, row, unit = (np.array(own, dtype=np.int64) for own in zip(*places, strict=True))
    word = np.full(len(places), wrap_seed(seed), dtype=np.int64)

    with np.errstate(over="ignore"):
        by_numpy = dropout_hash(hash_row(word, step, layer, row), unit)
    key = hash_row(*map(torch.from_numpy, (word, step, layer, row)))
    by_torch = dropout_hash(key, torch.from_numpy(unit))
    mixed = numba.njit(dropout.mix_bits)
    by_numba = compile_hashes(mixed)(word, step, layer, row, unit)

    assert by_numpy.tolist() == expected
    assert by_torch.tolist() == expected
    assert by_numba.tolist() == expected


def compile_hashes(mixed):
    """The module's own functions, compiled as they stand, on one number at a time."""
    names = {"mix_bits": mixed, "BITS": dropout.BITS}
    key_of = numba.njit(type(hash_row)(hash_row.__code__, names))
    hash_of = numba.njit(type(dropout_hash)(dropout_hash.__code__, names))

    @numba.njit
    def loop(seed, step, layer, row, unit):
        found = np.empty(len(seed), np.int64)
        for i in range(len(seed)):
            found[i] = hash_of(key_of(seed[i], step[i], layer[i], row[i]), unit[i])
        return found

    return loop


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5, 0.9])
def test_the_share_left_out_lies_within_five_standard_errors_of_the_rate(rate):
    for seed in range(5):
        drawn = hashes(seed) < compute_threshold(rate)
        error = np.sqrt(rate * (1 - rate) / drawn.size)
        assert abs(drawn.mean() - rate) < 5 * error


def test_hashes_are_uniform():
    counts = np.bincount(hashes().ravel() >> 26, minlength=64)
    expected = 200 * 300 / 64
    chi_square = ((counts - expected) ** 2 / expected).sum()
    assert chi_square < 63 + 5 * np.sqrt(2 * 63)


@pytest.mark.parametrize(
    "other",
    [{"seed": 1}, {"step": 1}, {"layer": 1}, {"seed": 2**32}, {"step": 1000}, {"seed": 12345}],
    ids=str,
)
def test_seeds_steps_and_layers_are_independent(other):
    first, second = hashes() / 2**32 - 0.5, hashes(**other) / 2**32 - 0.5
    # Also against each other's neighbours, which a sum of counters would give again.
    for rows in (-1, 0, 1):
        for units in (-1, 0, 1):
            shifted = np.roll(second, (rows, units), (0, 1))
            assert abs(correlation(first, shifted)) < 5 / np.sqrt(first.size)


@pytest.mark.parametrize("rows", [0, 1, 2, 16])
@pytest.mark.parametrize("units", [0, 1, 2, 32])
def test_rows_and_units_are_independent(rows, units):
    drawn = hashes() / 2**32 - 0.5
    if rows or units:
        shifted = np.roll(drawn, (rows, units), (0, 1))
        assert abs(correlation(drawn, shifted)) < 5 / np.sqrt(drawn.size)
    else:
        assert correlation(drawn, drawn) == pytest.approx(1.0)


def correlation(first, second):
    return np.corrcoef(first.ravel(), second.ravel())[0, 1]


@pytest.mark.parametrize("seed", [*SEEDS, 2**64, 2**70 + 5])
def test_seeds_beyond_64_bits_count_by_their_lower_64(seed):
    assert hash_by_hand(seed, 3, 1, 2, 5) == dropout_hash(hash_row(wrap_seed(seed), 3, 1, 2), 5)
    assert wrap_seed(seed) == wrap_seed(seed + 2**64)


# The module


def test_a_unit_left_out_is_zero_and_the_others_are_scaled_up():
    layer = Dropout(0.25, seed=9, layer=2)
    x = torch.rand(40, 50, dtype=torch.float64) + 1
    expected = np.array(
        [[hash_by_hand(9, 0, 2, r, u) >= 2**30 for u in range(50)] for r in range(40)]
    )
    assert torch.equal(layer(x), x * torch.from_numpy(expected) * (1 / 0.75))


def test_the_expectation_of_an_output_is_its_input():
    layer, x = Dropout(0.4, seed=1), torch.full((100, 100), 3.0, dtype=torch.float64)
    mean = torch.stack([layer(x) for _ in range(50)]).mean()
    error = 3 * np.sqrt(0.4 / 0.6 / 500_000)
    assert abs(mean - 3.0) < 5 * error


def test_every_training_pass_draws_again_and_a_pass_in_evaluation_mode_counts_for_nothing():
    first, second = Dropout(0.5, seed=3), Dropout(0.5, seed=3)
    x = torch.ones(30, 30)
    one, two = first(x), first(x)
    assert not torch.equal(one, two)
    assert torch.equal(second(x), one)
    assert torch.equal(second.eval()(x), x)
    assert torch.equal(second.train()(x), two)


def test_no_gradient_flows_through_a_unit_left_out():
    x = torch.ones(20, 20, requires_grad=True)
    out = Dropout(0.5, seed=0)(x)
    out.sum().backward()
    assert torch.equal(x.grad, out.detach())


def test_an_mlp_drops_after_every_hidden_activation_and_nowhere_else():
    kinds = [type(part) for part in MLP(3, (4, 5), 2, dropout=0.1).layers]
    one = [nn.Linear, nn.ReLU, Dropout]
    assert kinds == [*one, *one, nn.Linear]
    assert [part.layer for part in MLP(3, (4, 5), 2, dropout=0.1).layers[2::3]] == [0, 1]
    assert not any(isinstance(part, Dropout) for part in MLP(3, (4, 5), 2).layers)
    assert [type(part) for part in MLP(3, (), 2, dropout=0.1).layers] == [nn.Linear]


def test_an_mlp_without_a_seed_takes_one_from_torchs_generator_after_the_weights():
    def made(rate):
        torch.manual_seed(4)
        return MLP(3, (40,), 1, dropout=rate)

    x = torch.rand(20, 3)
    assert torch.equal(made(0.5)(x), made(0.5)(x))
    assert not torch.equal(made(0.5)(x), MLP(3, (40,), 1, dropout=0.5)(x))
    for one, other in zip(made(0.5).parameters(), made(0.0).parameters(), strict=True):
        assert torch.equal(one, other)
    assert torch.equal(made(0.5).eval()(x), made(0.0)(x))


# The engines


@FAST
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("batch_size", [7, 30, 43, 200])
def test_training_with_dropout_equals_the_trainer(activation, batch_size, engine):
    run = a_run(activation=activation, batch_size=batch_size, split=2)
    assert_equal_results(*train_both_ways(run, tables("binary"), engine), tolerance=1e-8)


@FAST
@pytest.mark.parametrize("seed", SEEDS)
def test_seeds_of_any_size_draw_as_in_the_trainer(seed, engine):
    splits = tables("regression")
    run = a_run(loss="mse", task="regression", seed=seed, dropout=0.5, epochs=2)
    (looped,) = train_in_order([run], splits, "trainer")
    assert_equal_results(train_in_order([run], splits, engine)[0], looped, tolerance=1e-8)


@pytest.mark.parametrize("engine", ["trainer", "stacked", "compiled"])
def test_dropout_takes_part_in_training_and_in_nothing_else(engine):
    splits = tables("binary")
    run = a_run(lr=1e-12, epochs=1)  # the weights stay as they were
    dropping, whole = train_in_order([run, replace(run, dropout=0.0)], splits, engine)
    np.testing.assert_allclose(dropping.test_output, whole.test_output, atol=1e-8)
    np.testing.assert_allclose(dropping.validation_loss, whole.validation_loss, atol=1e-8)
    assert abs(dropping.train_loss[0] - whole.train_loss[0]) > 1e-6


@pytest.mark.parametrize("engine", ["trainer", "stacked", "compiled"])
def test_a_linear_model_has_nothing_to_leave_out(engine):
    splits = tables("binary")
    run = a_run(hidden=())
    dropping, whole = train_in_order([run, replace(run, dropout=0.0)], splits, engine)
    assert bits(dropping) == bits(whole)


@FAST
def test_a_run_has_the_same_bits_alone_and_beside_other_seeds_and_lengths(engine):
    # 131 rows make 10 batches of 14, 126 rows 9: numbers of steps differ within one fleet.
    splits = tables("binary")
    splits[1] = replace(splits[1], train=splits[1].train[:126])
    runs = [
        a_run(loss=loss, seed=seed, split=seed % 2, batch_size=14, dropout=rate, dtype="float32")
        for loss in ("mse", "bce_with_logits")
        for seed in range(3)
        for rate in (0.0, 0.2, 0.5)
    ]
    alone = {run.key: bits(train_in_order([run], splits, engine)[0]) for run in runs}
    for result in train_in_order(runs, splits, engine):
        assert bits(result) == alone[result.run.key]


def test_the_factors_of_a_fleet_are_each_models_own():
    like = torch.zeros(1, dtype=torch.float64)
    made = torch.tensor([[4], [0]])
    of_layers = DropoutMasks(0.25, [7, 2**64 - 1], (5, 3), like).compute_factors(made, 6)
    for layer, width in enumerate((5, 3)):
        for m, (seed, step) in enumerate([(7, 4), (2**64 - 1, 0)]):
            for row in range(6):
                drawn = [hash_by_hand(seed, step, layer, row, u) >= 2**30 for u in range(width)]
                expected = torch.tensor(drawn).double() / 0.75
                torch.testing.assert_close(of_layers[layer][m, row], expected)


# Settings


@pytest.mark.parametrize("rate", [1, 1.0, -0.1, 2, float("nan"), float("inf"), True, "0.1", None])
def test_what_is_no_share_of_units_is_refused(rate):
    for made in (
        lambda: a_run(dropout=rate),
        lambda: MLP(3, (4,), 1, dropout=rate),
        lambda: Dropout(rate, seed=0),
    ):
        with pytest.raises(OptionError, match="needed dropout as a share of hidden units") as error:
            made()
        assert error.value.fix == "dropout=0.1"
        assert repr(rate) in str(error.value)


def test_dropout_is_part_of_what_a_run_is():
    assert len({a_run(dropout=rate).key for rate in (0.0, 0.1, 0.2)}) == 3
