"""Which hidden units a training step leaves out.

Every unit's fate is an integer hash of (seed, step, layer, row, unit), so that it depends on
nothing else: not on the engine, nor on which runs share a fleet, nor on how a batch is divided
among cores. The one definition below runs in NumPy, PyTorch and Numba.
"""

from typing import Any

BITS = 0xFFFFFFFF  # of a hash
RANGE = 2**32


def mixed(x: Any) -> Any:
    """Turn whole numbers from 0 to 2^32 - 1 into others that look drawn at random.

    Works on arrays and tensors of 64-bit integers, whose products may wrap: only the lower 32 bits
    are kept.

    Reference
        Wellons, "Prospecting for hash functions" (2018): lowbias32.

    >>> mixed(1), mixed(2)
    (1753845952, 3507691905)
    """
    x = ((x ^ (x >> 16)) * 0x7FEB352D) & BITS
    x = ((x ^ (x >> 15)) * 0x846CA68B) & BITS
    return x ^ (x >> 16)


def seed_word(seed: int) -> int:
    """The seed's lower 64 bits as a signed integer, which arrays and tensors can hold.

    >>> seed_word(7), seed_word(2**64 - 1)
    (7, -1)
    """
    return (int(seed) + 2**63) % 2**64 - 2**63


def row_key(seed: Any, step: Any, layer: Any, row: Any) -> Any:
    """What the fates of one row's units in one hidden layer are drawn from.

    Args:
        seed: the run's.
        step: steps made by the run so far, counted from 0.
        layer: hidden layer, counted from 0.
        row: place in the batch.
    """
    key = mixed((seed & BITS) ^ mixed((seed >> 32) & BITS))
    key = mixed((key + step) & BITS)
    key = mixed((key + layer) & BITS)
    return mixed((key + row) & BITS)


def fate(key: Any, unit: Any) -> Any:
    """A number from 0 to 2^32 - 1; the unit is left out where it is below ``rate * 2^32``."""
    return mixed((key + unit) & BITS)


def threshold(rate: float) -> int:
    """Below which fate a unit is left out.

    >>> threshold(0.5) == 2**31
    True
    """
    return round(rate * RANGE)
