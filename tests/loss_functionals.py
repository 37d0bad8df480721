"""What a best constant can be called, computed from the targets alone, and how to find one."""

from collections.abc import Callable

import torch
from scipy import optimize
from torch import Tensor


def _root_of_mean(pull: Callable[[Tensor], Tensor], y: Tensor) -> Tensor:
    """For each column, the point whose errors' pulls average to zero."""
    roots = [
        optimize.brentq(lambda at, own=own: float(pull(own - at).mean()), -4.0, 4.0, xtol=1e-9)
        for own in y.unbind(-1)
    ]
    return torch.tensor(roots, dtype=torch.float64)


def _direction(vector: Tensor) -> Tensor:
    return vector / vector.norm(dim=-1, keepdim=True)


FUNCTIONALS: dict[str, Callable[[Tensor], Tensor]] = {
    "mean": lambda y: y.mean(0),
    "median": lambda y: y.median(0).values,
    "log-odds": lambda y: y.mean(0).logit(),
    "log-probabilities": lambda y: (
        y.mean(0).log() if y.is_floating_point() else (torch.bincount(y).double() / len(y)).log()
    ),
    "log-mean": lambda y: y.mean(0).log(),
    "majority sign": lambda y: y.sum(0).sign(),
    "Huber location": lambda y: _root_of_mean(lambda error: error.clamp(-1, 1), y),
    "tanh location": lambda y: _root_of_mean(torch.tanh, y),
    "mean direction": lambda y: _direction(_direction(y).mean(0)),
}
# What a prediction is, up to what the loss can't see.
CANONICAL: dict[str, Callable[[Tensor], Tensor]] = {
    "log-probabilities": lambda scores: scores.log_softmax(-1),
    "mean direction": lambda vector: _direction(vector),
}


def minimiser(risk: Callable[[Tensor], Tensor], width: int) -> Tensor:
    """The point of ``width`` numbers with the least risk, found without gradients."""

    def at(point: list[float]) -> float:
        return float(risk(torch.as_tensor(point, dtype=torch.float64)))

    found = [
        optimize.minimize(
            at,
            [start + 0.05 * k for k in range(width)],
            method="Nelder-Mead",
            options={"xatol": 1e-7, "fatol": 1e-14, "maxiter": 4000, "maxfev": 4000},
        )
        for start in (-1.0, 0.1)
    ]
    best = min(found, key=lambda result: float(result.fun))
    return torch.as_tensor(best.x, dtype=torch.float64)
