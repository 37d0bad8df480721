"""Dropout masks from a hash that all engines share, and the layer that applies them.

Whether a unit is dropped is an integer hash of (seed, step, layer, row, unit), so that it depends
on nothing else: not on the engine, nor on which runs share a fleet, nor on how a batch is divided
among cores. The one definition below runs in NumPy, PyTorch and Numba.
"""

from typing import Any

import torch
from torch import Tensor, nn

from losslab.core.errors import OptionError
from losslab.core.numbers import is_number

BITS = 0xFFFFFFFF  # of a hash
RANGE = 2**32


def mix_bits(x: Any) -> Any:
    """Turn whole numbers from 0 to 2^32 - 1 into others that look drawn at random.

    Works on arrays and tensors of 64-bit integers, whose products may wrap: only the lower 32 bits
    are kept.

    References:
        Wellons, "Prospecting for hash functions" (2018): lowbias32.

    Examples:
        >>> mix_bits(1), mix_bits(2)
        (1753845952, 3507691905)
    """
    x = ((x ^ (x >> 16)) * 0x7FEB352D) & BITS
    x = ((x ^ (x >> 15)) * 0x846CA68B) & BITS
    return x ^ (x >> 16)


def wrap_seed(seed: int) -> int:
    """The seed's lower 64 bits as a signed integer, which arrays and tensors can hold.

    Examples:
        >>> wrap_seed(7), wrap_seed(2**64 - 1)
        (7, -1)
    """
    return (int(seed) + 2**63) % 2**64 - 2**63


def hash_row(seed: Any, step: Any, layer: Any, row: Any) -> Any:
    """What the fates of one row's units in one hidden layer are drawn from.

    Args:
        seed: the run's.
        step: steps made by the run so far, counted from 0.
        layer: hidden layer, counted from 0.
        row: place in the batch.
    """
    key = mix_bits((seed & BITS) ^ mix_bits((seed >> 32) & BITS))
    key = mix_bits((key + step) & BITS)
    key = mix_bits((key + layer) & BITS)
    return mix_bits((key + row) & BITS)


def dropout_hash(key: Any, unit: Any) -> Any:
    """A number from 0 to 2^32 - 1; the unit is left out where it is below ``rate * 2^32``."""
    return mix_bits((key + unit) & BITS)


def compute_threshold(rate: float) -> int:
    """Below which fate a unit is left out.

    Examples:
        >>> compute_threshold(0.5) == 2**31
        True
    """
    return round(rate * RANGE)


def check_rate(rate: float) -> None:
    """Refuse what is no share, and 1, which would leave out everything."""
    if not is_number(rate) or not 0.0 <= rate < 1.0:
        raise OptionError(
            "needed dropout as a share of hidden units, from 0 to below 1",
            got=repr(rate),
            fix="dropout=0.1",
        )


class Dropout(nn.Module):
    r"""Leave units out while training, and scale the others up by as much.

    Unlike ``nn.Dropout`` it draws from no generator: which units are left out follows from the
    seed, the number of training passes so far, the layer, the row and the unit.

    Args:
        rate: the share of units left out, from 0 to below 1.
        seed: of the draws.
        layer: which hidden layer it follows, counted from 0.

    Formula:
        .. math:: y_u = \frac{x_u}{1 - p}, \quad \text{or } 0 \text{ with probability } p
    Shape:
        x ``(..., U)`` -> ``(..., U)``; all axes but the last count the rows
    References:
        Srivastava and others, "Dropout: a simple way to prevent neural networks from overfitting"
        (2014).
    Examples:
        >>> layer = Dropout(0.5, seed=0)
        >>> layer(torch.ones(6)).unique()
        tensor([0., 2.])
        >>> layer.eval()(torch.ones(6))
        tensor([1., 1., 1., 1., 1., 1.])
    """

    def __init__(self, rate: float, seed: int, layer: int = 0) -> None:
        super().__init__()
        check_rate(rate)
        self.rate, self.seed, self.layer = rate, wrap_seed(seed), layer
        self.steps = 0  # training passes made so far

    def extra_repr(self) -> str:
        """What stands between the brackets when it is printed."""
        return f"{self.rate:g}"

    def forward(self, x: Tensor) -> Tensor:
        """Leave units out in training mode, none in evaluation mode."""
        if not self.training or not self.rate:
            return x
        units = torch.arange(x.shape[-1], device=x.device)
        rows = torch.arange(x.shape[:-1].numel(), device=x.device).view(*x.shape[:-1], 1)
        masks: Tensor = dropout_hash(hash_row(self.seed, self.steps, self.layer, rows), units)
        self.steps += 1
        return x * ((masks >= compute_threshold(self.rate)).to(x.dtype) * (1.0 / (1.0 - self.rate)))
