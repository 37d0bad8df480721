"""Dropout masks from a hash that all engines share, and the layer that applies them.

Whether a unit is dropped is an integer hash of (seed, step, layer, row, unit), so it depends
neither on the engine, nor on the runs that share a fleet, nor on how a batch is divided among
cores. The definition below runs in NumPy, PyTorch and Numba.
"""

from typing import Any

import torch
from torch import Tensor, nn

from losslab.core.errors import OptionError
from losslab.core.numbers import is_number

BITS = 0xFFFFFFFF  # of a hash
RANGE = 2**32


def mix_bits(x: Any) -> Any:
    """Hash integers from 0 to 2^32 - 1.

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
    """Wrap a seed to its lower 64 bits as a signed integer, which arrays and tensors can hold.

    Examples:
        >>> wrap_seed(7), wrap_seed(2**64 - 1)
        (7, -1)
    """
    return (int(seed) + 2**63) % 2**64 - 2**63


def hash_row(seed: Any, step: Any, layer: Any, row: Any) -> Any:
    """Hash a row of a hidden layer in one training step into the key of its units.

    Args:
        seed: the seed of the run.
        step: the training step, counted from 0.
        layer: the hidden layer, counted from 0.
        row: the index in the batch.
    """
    key = mix_bits((seed & BITS) ^ mix_bits((seed >> 32) & BITS))
    key = mix_bits((key + step) & BITS)
    key = mix_bits((key + layer) & BITS)
    return mix_bits((key + row) & BITS)


def dropout_hash(key: Any, unit: Any) -> Any:
    """Hash a unit to [0, 2^32 - 1]; it is dropped if the hash is below ``rate * 2^32``."""
    return mix_bits((key + unit) & BITS)


def compute_threshold(rate: float) -> int:
    """Compute the hash below which a unit is dropped.

    Examples:
        >>> compute_threshold(0.5) == 2**31
        True
    """
    return round(rate * RANGE)


def check_rate(rate: float) -> None:
    """Refuse a dropout rate outside of [0, 1)."""
    if not is_number(rate) or not 0.0 <= rate < 1.0:
        raise OptionError(
            "needed dropout as a share of hidden units, from 0 to below 1",
            got=repr(rate),
            fix="dropout=0.1",
        )


class Dropout(nn.Module):
    r"""Drop units in training mode, and scale the others up to compensate.

    Unlike ``nn.Dropout`` it uses no random generator: the mask follows from the seed, the number of
    training passes so far, the layer, the row and the unit.

    Args:
        rate: the share of units to drop, from 0 to below 1.
        seed: seed of the masks.
        layer: the hidden layer that it follows, counted from 0.

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
        self.steps = 0

    def extra_repr(self) -> str:
        """Return the rate for ``repr``."""
        return f"{self.rate:g}"

    def forward(self, x: Tensor) -> Tensor:
        """Drop units in training mode, none in evaluation mode."""
        if not self.training or not self.rate:
            return x
        units = torch.arange(x.shape[-1], device=x.device)
        rows = torch.arange(x.shape[:-1].numel(), device=x.device).view(*x.shape[:-1], 1)
        hashes: Tensor = dropout_hash(hash_row(self.seed, self.steps, self.layer, rows), units)
        self.steps += 1
        return x * (
            (hashes >= compute_threshold(self.rate)).to(x.dtype) * (1.0 / (1.0 - self.rate))
        )
