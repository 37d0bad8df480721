"""What became of a descent, in a word and in a sentence."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from losslab.experiment.amounts import amount, counted
from losslab.experiment.landscape.function import Function
from losslab.experiment.landscape.trail import Trail

# A descent whose loss rises so many times above where it started has diverged, finite or not.
FAR = 10.0
# Of the way down to the minimum: what is left once a descent has arrived.
ARRIVED = 1e-3
# The share of upward steps in the second half from which on a descent bounces.
BOUNCY = 0.2

Losses = NDArray[np.float64]


@dataclass(frozen=True)
class Fate:
    """What became of a descent.

    Args:
        name: arrives, descends, rises, crawls, bounces, stays or diverges.
        told: the same in words.
    """

    name: str
    told: str


def sound(losses: Losses, lowest: float) -> int:
    """How many points of a descent to keep: those before its loss is out of all proportion.

    Args:
        losses: at each point, ``(T,)``; the first is the start's.
        lowest: the lowest loss of all descents.

    >>> sound(np.array([1.0, 5.0, 90.0, 2.0]), 0.0)
    2
    """
    limit = losses[0] + (FAR - 1) * max(abs(losses[0]), losses[0] - lowest)
    wild = ~(np.isfinite(losses) & (losses <= limit))
    return int(wild.argmax()) if wild.any() else len(losses)


def network_fate(trail: Trail, losses: Losses, steps_an_epoch: int) -> Fate:
    """Say how far a network got, in epochs."""
    if trail.lost_at is not None:
        epoch = -(-trail.lost_at // steps_an_epoch)
        return Fate("diverges", f"diverges in epoch {epoch}")
    epochs = counted(round(float(trail.steps[-1]) / steps_an_epoch), "epoch")
    if (trail.points == trail.points[0]).all():
        return Fate("stays", f"does not move in {epochs}")
    best = int(losses.argmin())
    if losses[-1] - losses[best] > 0.05 * (losses[0] - losses[best]):
        after = f" after {counted(int(trail.steps[best]), 'step')}" if best else ""
        again = " again" if best else ""
        told = f"rises{again} from {amount(losses[best])}{after} to {amount(losses[-1])}"
        return Fate("rises", told)
    told = f"from {amount(losses[0])} to {amount(losses[-1])} in {epochs}"
    return Fate("descends", told)


def function_fate(trail: Trail, losses: Losses, function: Function) -> Fate:
    """Say whether a descent reaches a minimum, crawls towards it, bounces around or diverges."""
    if trail.lost_at is not None:
        return Fate("diverges", f"diverges: lost after {counted(trail.lost_at, 'step')}")
    steps = counted(int(trail.steps[-1]), "step")
    bottom = function.lowest if function.minima else float(losses.min())
    reached = losses - bottom <= ARRIVED * (losses[0] - bottom)
    if function.minima and reached[-1]:
        # From when on it stays there.
        first = len(reached) - int(np.logical_and.accumulate(reached[::-1]).sum())
        after = counted(int(trail.steps[first]), "step")
        return Fate("arrives", f"arrives{_where(function, trail.points[-1])} after {after}")
    ups = np.diff(losses)[(len(losses) - 1) // 2 :] > 0
    overshoots = ups.mean() > BOUNCY or losses.max() > losses[0]
    told = f"down to {amount(losses[-1])}"
    if function.minima:
        told = f"still {amount(losses[-1] - bottom)} above the minimum"
    if overshoots:
        return Fate("bounces", f"bounces around: {told} after {steps}")
    if not function.minima:  # how far there is to go is not known
        return Fate("descends", f"{told} after {steps}")
    return Fate("crawls", f"crawls: {told} after {steps}")


def _where(function: Function, point: Losses) -> str:
    """Name the minimum, if there are several."""
    if len(function.minima) < 2:
        return ""
    x, y = min(function.minima, key=lambda one: float(np.hypot(*(np.array(one) - point))))
    # Without a space, so that no line is broken there.
    return f" at ({x:.3g},{y:.3g})"
