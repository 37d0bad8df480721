"""What every loss promises: checks that take a loss and raise AssertionError where it lies.

They are plain functions, so that a loss with a known fault can be handed to them too.
"""

import builtins
import dis
import inspect
import itertools
import math
import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

import loss_samples
from loss_functionals import CANONICAL, FUNCTIONALS, minimiser
from losslab.losses import rowmath
from losslab.losses.catalog import LOSSES
from losslab.losses.reduction import reduce_outputs
from losslab.losses.spec import Loss
from losslab.objectives.build import objective
from losslab.objectives.catalog import PAIRINGS
from losslab.objectives.objective import Objective

EXACT = {"rtol": 1e-12, "atol": 1e-12}
ROUNDING = 1e-12
HEADINGS = ("Formula:", "Shape:", "Elicits:", "References:", "Examples:")
SENTENCES = ("summary", "use_when", "avoid_when", "classic_mistake")


def check_kernel_equals_torch(loss: Loss) -> None:
    """Row kernel and torch function agree in value and gradient, extremes and ties included."""
    assert loss.kernel is not None
    for setting in settings(loss):
        for prediction, target in (
            *loss_samples.random_batches(setting),
            *loss_samples.edge_batches(setting),
        ):
            values, gradients = values_and_gradients(setting, prediction, target)
            by_kernel, filled = by_row_kernel(setting, prediction, target)
            torch.testing.assert_close(by_kernel, values, **EXACT, msg=_said("value", setting))
            finite = within(setting, prediction).unsqueeze(-1)
            torch.testing.assert_close(
                filled.where(finite, 0.0),
                gradients.where(finite, 0.0),
                **EXACT,
                msg=_said("gradient", setting),
            )


def check_gradient_by_finite_differences(loss: Loss) -> None:
    """Autograd's gradient is the gradient of the value (random points lie off the kinks)."""
    for setting in settings(loss):
        for prediction, target in loss_samples.random_batches(setting, rows=4):
            assert torch.autograd.gradcheck(
                lambda p, setting=setting, target=target: setting(p, target),
                prediction.requires_grad_(),
                raise_exception=False,
            ), f"{setting.label}: gradient and value disagree"


def check_edges(loss: Loss, prediction: Tensor, target: Tensor) -> None:
    """On ``finite_on``: finite, the value above the minimum, the gradient within its bound."""
    values, gradients = values_and_gradients(loss, prediction, target)
    inside = within(loss, prediction)
    assert values[inside].isfinite().all(), f"{loss.label}: a value is not finite on finite_on"
    assert gradients[inside].isfinite().all(), (
        f"{loss.label}: a gradient is not finite on finite_on"
    )
    assert loss.minimum is not None
    assert loss.gradient_bound is not None
    below = values < loss.minimum - ROUNDING
    assert not below.any(), f"{loss.label}: a value below the minimum"
    assert (gradients[inside].abs() <= loss.gradient_bound * (1 + 1e-12)).all(), (
        f"{loss.label}: steeper than gradient_bound"
    )


def check_minimum_and_gradient_bound_are_reached(loss: Loss) -> None:
    """Some row costs no more than ``minimum``, and some gradient comes near its bound."""
    lowest, steepest = math.inf, 0.0
    batches = [
        *loss_samples.edge_batches(loss),
        *loss_samples.random_batches(loss, rows=2000, scale=2.0),
        *([loss_samples.wide_batch(loss)] if loss_samples.one_target_a_row(loss) else []),
    ]
    for prediction, target in batches:
        values, gradients = values_and_gradients(loss, prediction, target)
        inside = within(loss, prediction)
        lowest = min(lowest, float(values.min()))
        if inside.any():
            steepest = max(steepest, float(gradients[inside].abs().max()))
    assert loss.minimum is not None
    assert loss.gradient_bound is not None
    deep = -1000.0 if math.isinf(loss.minimum) else loss.minimum + ROUNDING
    assert lowest <= deep, f"{loss.label}: lowest value seen {lowest}"
    reached = 1000.0 if math.isinf(loss.gradient_bound) else 0.99 * loss.gradient_bound
    assert steepest >= reached, f"{loss.label}: steepest gradient seen {steepest}"


def check_convexity(loss: Loss) -> None:
    """Random chords lie above a convex loss; below another one some chord is found."""
    lowest_gap = math.inf
    for scale in (1.0, 10.0, 100.0):
        for start, target in loss_samples.random_batches(loss, rows=2000, scale=scale):
            end = loss_samples.shuffled(start)
            middle, _ = values_and_gradients(loss, (start + end) / 2, target)
            ends = [values_and_gradients(loss, end, target)[0] for end in (start, end)]
            gap = (ends[0] + ends[1]) / 2 - middle
            lowest_gap = min(lowest_gap, float((gap / (1 + middle.abs())).min()))
    if loss.convex:
        assert lowest_gap >= -1e-12, f"{loss.label}: a chord below the loss, by {-lowest_gap}"
    else:
        assert lowest_gap < -1e-6, f"{loss.label}: no chord below the loss was found"


def check_stacking(loss: Loss) -> None:
    """A batch of models (M, B[, K]) gives what one model after another gives."""
    for prediction, target in loss_samples.random_batches(loss):
        models = torch.stack([prediction, prediction.flip(0), prediction.roll(1, 0)])
        targets = target.expand(3, *target.shape)
        stacked = loss(models, targets)
        looped = torch.stack([loss(model, target) for model in models])
        torch.testing.assert_close(stacked, looped, **EXACT, msg=_said("stacking", loss))


def check_rows_are_separate(loss: Loss) -> None:
    """Changing one row leaves the values of the others alone exactly if ``row_separable``."""
    separate = True
    for prediction, target in loss_samples.random_batches(loss, rows=6):
        other = prediction.clone()
        other[0] = prediction[1]
        changed, before = loss(other, target), loss(prediction, target)
        assert changed.shape[0] == before.shape[0] == 6, f"{loss.label}: a row went missing"
        separate &= bool(torch.equal(changed[1:], before[1:]))
    assert separate == loss.row_separable, f"{loss.label}: row_separable should be {separate}"


def check_best_constant_is_elicited(loss: Loss) -> None:
    """The constant that costs least is the functional that ``elicits`` names."""
    if loss.elicits is None:
        return
    assert loss.elicits in FUNCTIONALS, f"{loss.label}: unknown functional {loss.elicits!r}"
    for width in loss_samples.widths(loss):
        target = loss_samples.skewed_targets(loss, width)

        def risk(constant: Tensor, target: Tensor = target) -> Tensor:
            # Equal rows cost the same: one row per distinct target is enough, but not needed.
            prediction = loss_samples.as_prediction(loss, constant).expand(len(target), -1)
            return reduce_outputs(loss(prediction, target), loss.over_outputs).mean()

        best = loss_samples.as_prediction(loss, minimiser(risk, width))
        expected = FUNCTIONALS[loss.elicits](target)
        best = CANONICAL.get(loss.elicits, lambda own: own)(best)
        torch.testing.assert_close(
            best, expected, rtol=0, atol=1e-3, msg=_said(f"best constant {best}", loss)
        )


def check_properness(loss: Loss) -> None:
    """In classification, the least expected loss reveals the true probabilities if ``proper``."""
    revealed = [
        _reveals(usual, truth)
        for usual in usual_objectives(loss, ("binary", "multiclass"))
        for truth in _distributions(usual.codec.n_classes or 2)
    ]
    if loss.proper:
        assert all(revealed), f"{loss.label}: claims to be proper but is not"
    elif revealed:
        assert not all(revealed), f"{loss.label}: is proper but does not say so"


def check_same_as(loss: Loss) -> None:
    """Losses with ``same_as`` exist, say so of each other, and have equal gradients in ``z``."""
    for task, names in loss.same_as.items():
        for name in names:
            other = LOSSES[name]
            assert loss.name in other.same_as.get(task, ()), f"{name} does not know {loss.name}"
            one, two = (objective(each, task, n_classes=3) for each in (loss, other))
            torch.testing.assert_close(
                gradient_in_z(one),
                gradient_in_z(two),
                **EXACT,
                msg=_said(f"gradient of {name}", loss),
            )


def check_equals_its_torch_class(loss: Loss) -> None:
    """The PyTorch class of that name, with the same settings, gives the same values."""
    if loss.torch_class is None:
        return
    criterion: Callable[..., nn.Module] = getattr(nn, loss.torch_class.removeprefix("torch.nn."))
    for setting in settings(loss):
        for prediction, target in loss_samples.random_batches(setting):
            for third in thirds(setting, prediction):
                theirs = criterion(reduction="none", **setting.params)(
                    prediction, target, *(third if loss.pair_label else ())
                )
                ours = setting(prediction, target, *third)
                torch.testing.assert_close(ours, theirs, **EXACT, msg=_said("class", setting))


def check_pickling(loss: Loss) -> None:
    """A loss and its module survive a pickle."""
    prediction, target = next(iter(loss_samples.random_batches(loss)))
    copy = pickle.loads(pickle.dumps(loss))
    assert copy == loss
    module = pickle.loads(pickle.dumps(loss.module()))
    assert torch.equal(module(prediction, target), loss.module()(prediction, target))


def check_documentation(loss: Loss) -> None:
    """The docstring has its headings, the prose is there, and what it points to exists."""
    lines = [line.strip() for line in (inspect.getdoc(loss.fn) or "").splitlines()]
    found = [line for line in lines if line in HEADINGS]
    assert found == list(HEADINGS), f"{loss.label}: headings {found}"
    assert loss.formula, f"{loss.label}: no formula"
    assert any(character.isdigit() for character in loss.reference), "a reference names its year"
    for field in SENTENCES:
        assert len(getattr(loss, field).split()) >= 5, f"{loss.label}: {field} is no sentence"
    assert loss.summary.endswith("."), f"{loss.label}: the summary is a whole sentence"
    assert loss.see_also, f"{loss.label}: nothing to see also"
    assert set(loss.see_also) <= set(LOSSES) - {loss.name}, f"{loss.label}: {loss.see_also}"


def check_kernel_vocabulary(loss: Loss) -> None:
    """The row kernel uses builtins, ``rowmath`` and what IEEE 754 fixes of ``math``.

    So it can be compiled, and no machine rounds it otherwise.
    """
    assert loss.kernel is not None
    code = loss.kernel.__code__
    assert not code.co_freevars, f"{loss.label}: the kernel closes over {code.co_freevars}"
    read = {step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}
    allowed = {*vars(builtins), "math", "rowmath"}
    assert read <= allowed, f"{loss.label}: the kernel reads {read - allowed}"
    assert loss.kernel.__globals__.get("rowmath", rowmath) is rowmath
    check_math_is_fixed(loss.kernel)


def check_math_is_fixed(function: Callable[..., Any]) -> None:
    """Of ``math``, a row function takes the square root and what rounds nothing."""
    steps = list(dis.get_instructions(function))
    taken = {
        after.argval
        for before, after in pairwise(steps)
        if before.opname == "LOAD_GLOBAL" and before.argval == "math"
    }
    fixed = {"sqrt", "fabs", "inf", "nan", "isnan", "isfinite", "isinf", "copysign"}
    assert taken <= fixed, f"{function.__name__}: math has {taken - fixed}, rounded as it likes"


def check_settings(loss: Loss) -> None:
    """Every parameter has a range that holds its default, and the torch function takes it."""
    assert set(loss.params) == set(loss.param_ranges), f"{loss.label}: ranges and parameters"
    keywords = {
        name
        for name, parameter in inspect.signature(loss.fn).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }
    assert keywords == set(loss.params), f"{loss.label}: parameters of the function"
    assert loss.bind(**loss.params) == loss


CHECKS: dict[str, Callable[[Loss], None]] = {
    check.__name__: check
    for check in (
        check_kernel_equals_torch,
        check_gradient_by_finite_differences,
        check_minimum_and_gradient_bound_are_reached,
        check_convexity,
        check_stacking,
        check_rows_are_separate,
        check_best_constant_is_elicited,
        check_properness,
        check_same_as,
        check_equals_its_torch_class,
        check_pickling,
        check_documentation,
        check_kernel_vocabulary,
        check_settings,
    )
}


def settings(loss: Loss) -> Iterator[Loss]:
    """The loss with its defaults, then with other values of its parameters."""
    yield loss
    seed = torch.Generator().manual_seed(4)
    names = list(loss.params)
    for _ in range(3 if names else 0):
        yield loss.bind(
            **{name: loss.param_ranges[name].sample(generator=seed).item() for name in names}
        )


def thirds(loss: Loss, prediction: Tensor) -> list[tuple[Tensor, ...]]:
    """What a loss of pairs is given as third argument; nothing for others."""
    if loss.pair_label is None:
        return [()]
    label = torch.ones(len(prediction), dtype=torch.float64)
    label[::2] = -1.0
    return [(label,), (-label,)]


def values_and_gradients(loss: Loss, prediction: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Row values ``(N,)`` and their gradients ``(N, K)``, by autograd."""
    prediction = prediction.detach().clone().requires_grad_()
    values = reduce_outputs(loss(prediction, target), loss.over_outputs)
    (gradients,) = torch.autograd.grad(values.sum(), prediction)
    return values.detach(), gradients


def by_row_kernel(loss: Loss, prediction: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """The same by the row kernel, which is given tuples so that it can't change its input."""
    assert loss.kernel is not None
    params = tuple(loss.params.values())
    values, gradients = [], []
    for row, wanted in zip(prediction.tolist(), target.reshape(len(target), -1), strict=True):
        gradient = [math.nan] * len(row)
        values.append(loss.kernel(tuple(row), tuple(wanted.tolist()), gradient, params))
        gradients.append(gradient)
    return torch.tensor(values, dtype=torch.float64), torch.tensor(gradients, dtype=torch.float64)


def within(loss: Loss, prediction: Tensor) -> Tensor:
    """Which rows ``(N,)`` lie in ``finite_on``."""
    if prediction in loss.finite_on:  # much sooner told than row by row
        return torch.ones(len(prediction), dtype=torch.bool)
    return torch.tensor([row in loss.finite_on for row in prediction])


def usual_objectives(loss: Loss, tasks: tuple[str, ...]) -> list[Objective]:
    """The loss under its usual head, for each of the tasks it can train."""
    listed = {pair.task for pair in PAIRINGS if pair.loss == loss.name}
    usual = [
        objective(loss.name, task, n_classes=3)
        for task in tasks
        if task in listed and task in loss.tasks
    ]
    # A loss may have another form for class indices, which is checked by itself.
    return [replace(own, loss=loss) for own in usual if own.loss.target == loss.target]


def _distributions(n_classes: int) -> Iterator[Tensor]:
    weights = ([0.2, 0.8], [0.65, 0.35]) if n_classes == 2 else ([0.5, 0.3, 0.2], [0.1, 0.15, 0.75])
    for weight in weights:
        yield torch.tensor(weight, dtype=torch.float64)


def _reveals(usual: Objective, truth: Tensor) -> bool:
    """Whether the least expected loss over all ``z`` is where the true probabilities are given."""
    if not usual.gives_probabilities:
        return False
    target = usual.codec.encode(torch.arange(len(truth)), torch.float64)
    best = minimiser(
        lambda z: usual.compute_rows(z.expand(len(truth), -1), target) @ truth, width=usual.width
    )
    return bool(torch.allclose(usual.predict_proba(best), truth, atol=1e-4))


def gradient_in_z(usual: Objective) -> Tensor:
    """Gradients of a few rows in the last layer's output, far and near."""
    labels = torch.tensor(list(itertools.islice(itertools.cycle(range(2)), 12)))
    seed = torch.Generator().manual_seed(2)
    z = torch.randn(12, usual.width, dtype=torch.float64, generator=seed) * 3
    z.requires_grad_()
    rows = usual.compute_rows(z, usual.codec.encode(labels, torch.float64))
    return torch.autograd.grad(rows.sum(), z)[0]


def _said(what: str, loss: Loss) -> Callable[[str], str]:
    return lambda details: f"{loss.label}: {what}\n{details}"
