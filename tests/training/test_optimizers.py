"""Every optimizer's update of a fleet against its class in torch.optim, one model at a time."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from losslab.core.errors import OptionError, UnknownNameError
from losslab.training import optimizer
from losslab.training.catalog import OPTIMIZERS
from losslab.training.optimizer import FleetState

P = 7
RATES = (0.003, 0.02, 0.1)
# Three models each, every one with its own settings beside its own learning rate.
SETTINGS = {
    "sgd": [
        ({}, {}, {}),
        ({"momentum": 0.9}, {"momentum": 0.5, "weight_decay": 0.1}, {}),
        (
            {"momentum": 0.9, "nesterov": 1.0},
            {"momentum": 0.6, "nesterov": True, "weight_decay": 0.2},
            {"momentum": 0.9},
        ),
    ],
    "adam": [
        ({}, {}, {}),
        ({"beta1": 0.0}, {"beta1": 0.7, "beta2": 0.9}, {"beta2": 0.0, "eps": 0.1}),
        ({"weight_decay": 0.3}, {"eps": 1e-4}, {"beta1": 0.99, "weight_decay": 0.01}),
    ],
    "adamw": [
        ({}, {}, {}),
        ({"weight_decay": 0.0}, {"weight_decay": 0.5}, {"beta1": 0.3, "eps": 1e-3}),
        ({"beta2": 0.9}, {"beta1": 0.0, "weight_decay": 1.0}, {"eps": 0.5}),
    ],
    "rmsprop": [
        ({}, {}, {}),
        ({"momentum": 0.9}, {"alpha": 0.5, "weight_decay": 0.1}, {"eps": 1e-2}),
        ({"alpha": 0.0}, {"momentum": 0.3, "weight_decay": 0.2}, {"alpha": 0.9, "eps": 1.0}),
    ],
}
every_optimizer = pytest.mark.parametrize("spec", OPTIMIZERS.values(), ids=list(OPTIMIZERS))
every_case = pytest.mark.parametrize(
    ("spec", "settings"),
    [
        pytest.param(OPTIMIZERS[name], settings, id=f"{name}-{number}")
        for name, cases in SETTINGS.items()
        for number, settings in enumerate(cases)
    ],
)


def gradients(steps, dtype):
    generator = torch.Generator().manual_seed(1)
    drawn = torch.randn(steps, len(RATES), P, generator=generator, dtype=torch.float64)
    # A gradient that is exactly zero for some weights, and then large, is where scaled steps err.
    drawn[: steps // 2, :, 0] = 0.0
    drawn[steps // 2, :, 1] = 1e3
    return drawn.to(dtype)


def start(dtype):
    generator = torch.Generator().manual_seed(2)
    return torch.randn(len(RATES), P, generator=generator, dtype=torch.float64).to(dtype)


def column(values, dtype):
    return torch.tensor([float(value) for value in values], dtype=dtype).unsqueeze(1)


def by_fused(spec, settings, steps, dtype):
    return by_fleet(replace(spec, update=spec.fused or spec.update), settings, steps, dtype)


def by_fleet(spec, settings, steps, dtype):
    chosen = [spec.bind(own) for own in settings]
    fleet = FleetState(
        weights=start(dtype),
        gradient=torch.zeros(len(RATES), P, dtype=dtype),
        state=tuple(torch.zeros(len(RATES), P, dtype=dtype) for _ in range(spec.n_state)),
        lr=column(RATES, dtype),
        settings_by_model=chosen,
        count=torch.zeros(len(RATES), 1, dtype=torch.float64),
    )
    for gradient in gradients(steps, dtype):
        fleet.gradient.copy_(gradient)
        fleet.count += 1
        spec.update(fleet)
    return fleet.weights


def by_torch(spec, settings, steps, dtype):
    outcome = []
    for model, (lr, own) in enumerate(zip(RATES, settings, strict=True)):
        weights = start(dtype)[model].clone().requires_grad_()
        optimizer = torch_optimizer(spec.name, weights, lr, own)
        for gradient in gradients(steps, dtype):
            weights.grad = gradient[model].clone()
            optimizer.step()
        outcome.append(weights.detach())
    return torch.stack(outcome)


def torch_optimizer(name, weights, lr, own):
    """The class as a user would write it by hand, independent of ``build``."""
    own = dict(own)
    if name in ("adam", "adamw"):
        own["betas"] = (own.pop("beta1", 0.9), own.pop("beta2", 0.999))
    if "nesterov" in own:
        own["nesterov"] = bool(own["nesterov"])
    classes = {
        "sgd": torch.optim.SGD,
        "adam": torch.optim.Adam,
        "adamw": torch.optim.AdamW,
        "rmsprop": torch.optim.RMSprop,
    }
    return classes[name]([weights], lr=lr, **own)


every_way = pytest.mark.parametrize("way", [by_fleet, by_fused])


def test_every_optimizer_has_settings_to_be_tested_with():
    assert list(SETTINGS) == list(OPTIMIZERS)
    for name, cases in SETTINGS.items():
        tried = {setting for case in cases for own in case for setting in own}
        assert tried == set(OPTIMIZERS[name].settings)


@every_way
@every_case
def test_the_update_of_a_fleet_equals_torch_optim_in_float64(spec, settings, way):
    fleet, alone = (make(spec, settings, 50, torch.float64) for make in (way, by_torch))
    torch.testing.assert_close(fleet, alone, rtol=1e-10, atol=1e-10)


@every_way
@every_case
def test_the_update_of_a_fleet_is_close_to_torch_optim_in_float32(spec, settings, way):
    fleet, alone = (make(spec, settings, 3, torch.float32) for make in (way, by_torch))
    torch.testing.assert_close(fleet, alone, rtol=1e-5, atol=1e-5)


@every_way
@every_case
def test_a_model_steps_as_if_it_were_alone(spec, settings, way):
    together = way(spec, settings, 20, torch.float32)
    for model in range(len(RATES)):
        siblings = [{} if other != model else settings[model] for other in range(len(RATES))]
        assert torch.equal(way(spec, siblings, 20, torch.float32)[model], together[model])


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_an_update_without_bias_correction_is_caught(name, monkeypatch):
    monkeypatch.setattr(
        optimizer, "_compute_bias_correction", lambda beta, count: torch.ones_like(beta)
    )
    spec = OPTIMIZERS[name]
    fleet, alone = (make(spec, ({}, {}, {}), 50, torch.float64) for make in (by_fleet, by_torch))
    assert not torch.allclose(fleet, alone, rtol=1e-3)


@every_case
def test_the_optimizer_built_for_one_model_has_the_settings_asked_for(spec, settings):
    for lr, own in zip(RATES, settings, strict=True):
        weights = torch.zeros(P, requires_grad=True)
        built = spec.build([weights], lr, own)
        by_hand = torch_optimizer(spec.name, weights, lr, own)
        assert type(built) is type(by_hand)
        assert built.defaults == by_hand.defaults
        assert built.param_groups[0]["params"][0] is weights


@every_optimizer
def test_the_defaults_are_those_of_torch_optim(spec):
    weights = torch.zeros(P, requires_grad=True)
    assert spec.build([weights], 0.1, {}).defaults == spec.torch_type([weights], 0.1).defaults


@every_optimizer
def test_learning_rates_to_try_are_at_least_five_and_ascend(spec):
    assert len(spec.learning_rates) >= 5
    assert spec.learning_rates[0] > 0
    assert all(low < high for low, high in pairwise(spec.learning_rates))


@every_optimizer
def test_every_setting_has_a_range_that_holds_its_default(spec):
    assert set(spec.ranges) == set(spec.settings)
    assert spec.bind({}) == spec.settings
    assert spec.bind(spec.settings) == spec.settings


@every_optimizer
@pytest.mark.parametrize("value", [-1e-9, float("nan"), float("inf"), "0.5", None])
def test_settings_out_of_range_are_refused_with_the_range_and_the_default(spec, value):
    for name in spec.settings:
        with pytest.raises(OptionError) as caught:
            spec.bind({name: value})
        assert f"optimizer '{spec.name}' needs {name} in {spec.ranges[name]}" in str(caught.value)
        assert f"{name}={spec.settings[name]:g} is the default" in caught.value.fix


@pytest.mark.parametrize(
    ("optimizer", "name"),
    [("sgd", "momentum"), ("adam", "beta1"), ("adamw", "beta2"), ("rmsprop", "alpha")],
)
def test_a_decay_may_come_close_to_one_but_not_reach_it(optimizer, name):
    almost = 1 - 1e-12
    assert OPTIMIZERS[optimizer].bind({name: almost})[name] == almost
    with pytest.raises(OptionError):
        OPTIMIZERS[optimizer].bind({name: 1.0})


@every_optimizer
def test_an_unknown_setting_gets_the_nearest_known_one(spec):
    with pytest.raises(OptionError, match="did you mean 'weight_decay'"):
        spec.bind({"weightdecay": 0.1})


def test_nesterov_without_momentum_is_refused():
    with pytest.raises(OptionError, match="needs momentum above 0 for nesterov"):
        OPTIMIZERS["sgd"].bind({"nesterov": 1.0})


def test_an_unknown_optimizer_gets_the_nearest_known_one():
    with pytest.raises(UnknownNameError, match="did you mean 'rmsprop'"):
        OPTIMIZERS["rmspop"]
