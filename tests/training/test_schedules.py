"""Learning rates change from step to step as PyTorch's schedulers change them."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from engine_samples import assert_equal_results, bits, tables, train_both_ways, train_in_order
from losslab import MLP
from losslab.core.errors import LosslabError
from losslab.training.catalog import OPTIMIZERS, SCHEDULES
from losslab.training.engines.stacked import engine as stacked_engine
from losslab.training.engines.stacked import train_stacked
from losslab.training.initialization import draw_batch_order, draw_weights
from losslab.training.run import Run, compute_learning_rates
from losslab.training.trainer.trainer import Trainer

FAST = pytest.mark.parametrize("engine", ["stacked", "compiled"])
TOTAL = 60


def _warmup_cosine(optimizer, total, rise, start, end):
    rising = round(rise * total)
    up = lr_scheduler.LinearLR(optimizer, start, 1.0, rising)
    down = lr_scheduler.CosineAnnealingLR(optimizer, total - rising, end * LR)
    return lr_scheduler.SequentialLR(optimizer, [up, down], [rising])


LR = 0.05
# What PyTorch calls each, and settings that are not the usual ones.
ORACLES = {
    "constant": (lambda o, total: lr_scheduler.ConstantLR(o, 1.0, 1), {}),
    "linear": (lambda o, total, end: lr_scheduler.LinearLR(o, 1.0, end, total), {"end": 0.2}),
    "cosine": (
        lambda o, total, end: lr_scheduler.CosineAnnealingLR(o, total, end * LR),
        {"end": 0.1},
    ),
    "warmup_cosine": (_warmup_cosine, {"rise": 0.25, "start": 0.1, "end": 0.05}),
    "exponential": (
        lambda o, total, end: lr_scheduler.ExponentialLR(o, end ** (1 / total)),
        {"end": 0.3},
    ),
    "step": (
        lambda o, total, stages, gamma: lr_scheduler.StepLR(o, round(total / stages), gamma),
        {"stages": 4.0, "gamma": 0.5},
    ),
}


def scheduler_of(name, optimizer, total, settings):
    return ORACLES[name][0](optimizer, total, **SCHEDULES[name].bind(settings))


def a_run(**settings):
    usual = {"loss": "mse", "task": "regression", "hidden": (7,), "activation": "tanh"}
    return Run(**{**usual, "batch_size": 13, "epochs": 3, "lr": LR, "dtype": "float64", **settings})


def test_every_schedule_has_an_oracle():
    assert list(ORACLES) == list(SCHEDULES)


@pytest.mark.filterwarnings("ignore:The epoch parameter")  # SequentialLR's own
@pytest.mark.parametrize("changed", [False, True])
@pytest.mark.parametrize("name", SCHEDULES)
def test_factors_are_those_of_the_scheduler_of_that_name(name, changed):
    settings = ORACLES[name][1] if changed else {}
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=LR)
    scheduler = scheduler_of(name, optimizer, TOTAL, settings)
    seen = []
    for _ in range(TOTAL):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    factors = SCHEDULES[name].compute_factors(0, TOTAL, TOTAL, settings)
    np.testing.assert_allclose(LR * factors, seen, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", SCHEDULES)
# Epochs of one step and of several, more of them than are computed at once, and long ones.
@pytest.mark.parametrize(
    ("n_rows", "epochs"), [(1, 4), (26, 4), (27, 4), (13, 1500), (27, 700), (8000, 3), (20_000, 2)]
)
def test_epochs_follow_one_another_without_a_seam(name, n_rows, epochs):
    run = a_run(schedule=name, epochs=epochs)
    steps = -(-n_rows // 13)
    joined = np.concatenate([compute_learning_rates(run, epoch, n_rows) for epoch in range(epochs)])
    whole = LR * SCHEDULES[name].compute_factors(0, epochs * steps, epochs * steps, {})
    assert np.array_equal(joined, whole)


@pytest.mark.filterwarnings("ignore:The epoch parameter")
@pytest.mark.parametrize("name", SCHEDULES)
def test_the_trainer_does_what_a_loop_with_that_scheduler_does(name):
    (table,) = tables("regression", n_splits=1)
    run = a_run(schedule=name, schedule_params=ORACLES[name][1], optimizer="adam", epochs=6)
    (result,) = train_in_order([run], [table], "trainer")
    objective = run.objective.fit(table.y[table.train])
    x, y = torch.tensor(table.X), objective.codec.encode(table.y, torch.float64)
    model = MLP(6, (7,), 1, "tanh").double()
    model.set_weights(draw_weights(model.sizes, 0))
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)
    scheduler = scheduler_of(name, optimizer, 6 * 10, ORACLES[name][1])  # 130 rows: 10 steps
    losses = []
    for epoch in range(6):
        rows = table.train[draw_batch_order(130, 0, epoch)]
        total = 0.0
        for start in range(0, 130, 13):
            part = rows[start : start + 13]
            optimizer.zero_grad()
            loss = (model(x[part]) - y[part]).square().mean()
            loss.backward()
            optimizer.step()
            scheduler.step()
            total += 13 * loss.item()
        losses.append(total / 130)
    np.testing.assert_allclose(result.train_loss, losses, rtol=1e-9)


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_trainers_optimizer_sees_the_learning_rate_of_every_step(name, monkeypatch):
    seen = []
    step = Trainer.step

    def watched(self, *given):
        seen.append(self.optimizer.param_groups[0]["lr"])
        return step(self, *given)

    monkeypatch.setattr(Trainer, "step", watched)
    run = a_run(schedule=name, epochs=2)
    train_in_order([run], tables("regression", n_splits=1), "trainer")
    assert seen == (LR * SCHEDULES[name].compute_factors(0, 20, 20, {})).tolist()


def test_the_stacked_engines_update_sees_the_learning_rate_of_every_step(monkeypatch):
    seen = []
    update = stacked_engine._StackedFleet._update

    def watched(self, batch):
        seen.append(self.fleet.lr.flatten().tolist())
        update(self, batch)

    monkeypatch.setattr(stacked_engine._StackedFleet, "_update", watched)
    names = sorted(SCHEDULES)
    runs = [a_run(schedule=name, epochs=2, seed=seed) for seed, name in enumerate(names)]
    train_stacked(runs, tables("regression", n_splits=1))
    expected = [LR * SCHEDULES[name].compute_factors(0, 20, 20, {}) for name in names]
    assert np.array_equal(np.array(seen), np.stack(expected, axis=1))


@FAST
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_scheduled_training_equals_the_trainer(schedule, optimizer, engine):
    run = a_run(
        schedule=schedule, schedule_params=ORACLES[schedule][1], optimizer=optimizer, lr=0.01
    )
    assert_equal_results(*train_both_ways(run, tables("regression"), engine), tolerance=1e-8)


@FAST
def test_a_run_has_the_same_bits_alone_and_beside_other_schedules_and_lengths(engine):
    # 131 rows make 10 batches of 14, 126 rows 9: totals differ within one fleet.
    splits = tables("binary")
    splits[1] = replace(splits[1], train=splits[1].train[:126])
    runs = [
        Run(
            loss=loss,
            task="binary",
            hidden=(16, 5),
            schedule=schedule,
            batch_size=14,
            epochs=3,
            seed=seed,
            split=seed,
        )
        for loss in ("mse", "bce_with_logits")
        for schedule in SCHEDULES
        for seed in range(2)
    ]
    alone = {run.key: bits(train_in_order([run], splits, engine)[0]) for run in runs}
    for result in train_in_order(runs, splits, engine):
        assert bits(result) == alone[result.run.key]


@pytest.mark.parametrize(
    ("settings", "needed"),
    [
        ({"schedule": "cosin"}, "did you mean 'cosine'"),
        ({"schedule": 3}, "needed the name of a schedule"),
        ({"schedule": "linear", "schedule_params": {"gamma": 0.1}}, "has no setting"),
        ({"schedule_params": {"end": 0.1}}, "schedule 'constant' has no setting 'end'"),
        ({"schedule": "cosine", "schedule_params": {"end": 1.5}}, "needs end in [0, 1]"),
        ({"schedule": "cosine", "schedule_params": {"end": float("nan")}}, "needs end in [0, 1]"),
        ({"schedule": "exponential", "schedule_params": {"end": 0.0}}, "needs end in (0, 1]"),
        ({"schedule": "warmup_cosine", "schedule_params": {"rise": 1.0}}, "needs rise in [0, 1)"),
        ({"schedule": "step", "schedule_params": {"stages": 0.5}}, "needs stages in"),
        ({"schedule": "cosine", "schedule_params": ("end", 0.1)}, "schedule_params as a mapping"),
        ({"schedule": "cosine", "schedule_params": {"end": "0.1"}}, "needs end in"),
    ],
)
def test_a_schedule_that_cannot_be_followed_is_refused_when_the_run_is_made(settings, needed):
    with pytest.raises(LosslabError) as caught:
        a_run(**settings)
    assert needed in str(caught.value)


def test_the_schedule_is_part_of_what_a_run_is():
    runs = [a_run(), a_run(schedule="linear"), a_run(schedule="cosine")]
    runs.append(a_run(schedule="cosine", schedule_params={"end": 0.1}))
    assert len({run.key for run in runs}) == 4
    assert a_run(schedule="cosine", schedule_params={"end": 0.0}).key == runs[2].key
