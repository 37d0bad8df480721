"""Where batches come from: arrays in a seeded order, or whatever yields pairs."""

from collections.abc import Iterable, Iterator, Sized
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from losslab.core.errors import DataError
from losslab.training.initial import batch_order
from losslab.training.plain.arrays import as_numbers, check_finite, columns_of

Batch = tuple[Tensor, Tensor]
# A DataLoader or other iterable of (x, y) batches, or a tuple (X, y) of whole arrays.
Data = Iterable[Any] | tuple[Any, Any]


class Source(Protocol):
    """Batches, epoch after epoch."""

    @property
    def n_batches(self) -> int | None:
        """How many batches an epoch has, if that is known."""

    @property
    def once(self) -> bool:
        """Whether it can be passed over only once."""

    def batches(self, epoch: int | None = None) -> Iterator[Batch]:
        """Yield the batches of an epoch counted from 0, or those of an evaluation."""

    def targets(self) -> Tensor:
        """All targets."""


@dataclass(frozen=True, kw_only=True)
class ArraySource:
    """Whole arrays, cut into batches in an order that depends on seed and epoch alone."""

    x: Tensor
    y: Tensor
    batch_size: int
    seed: int
    once: bool = False

    @property
    def n_batches(self) -> int | None:
        """How many batches an epoch has; the last may be smaller."""
        return -(-len(self.x) // self.batch_size)

    def batches(self, epoch: int | None = None) -> Iterator[Batch]:
        """Yield the batches of an epoch counted from 0, or all rows in their own order."""
        rows = len(self.x)
        order = torch.arange(rows)
        if epoch is not None:
            order = torch.from_numpy(batch_order(rows, self.seed, epoch))
        for start in range(0, rows, self.batch_size):
            chosen = order[start : start + self.batch_size]
            yield self.x[chosen], self.y[chosen]

    def targets(self) -> Tensor:
        """All targets."""
        return self.y


@dataclass(frozen=True, kw_only=True)
class LoaderSource:
    """A DataLoader, or any other iterable of pairs; its order is its own affair."""

    loader: Iterable[Any]
    unchecked: bool

    @property
    def n_batches(self) -> int | None:
        """The loader's length, if it has one."""
        try:
            return len(self.loader) if isinstance(self.loader, Sized) else None
        except TypeError:  # a DataLoader over an iterable data set has no length
            return None

    @property
    def once(self) -> bool:
        """Whether the loader is a generator or the like, which is empty after one pass."""
        return isinstance(self.loader, Iterator)

    def batches(self, epoch: int | None = None) -> Iterator[Batch]:
        """Yield the loader's batches, checked to be pairs of equal length."""
        number = 0
        for number, batch in enumerate(self.loader, 1):
            yield self._pair(batch, number)
        if number == 0:
            raise DataError(
                "needed at least one batch",
                got="none",
                fix="check drop_last and the size of the data set; a generator yields only once",
            )

    def targets(self) -> Tensor:
        """All targets, by one pass over the loader."""
        return torch.cat([y for _, y in self.batches()])

    def _pair(self, batch: Any, number: int) -> Batch:
        if not isinstance(batch, tuple | list) or len(batch) != 2:
            raise DataError(
                "needed batches that are pairs (x, y)",
                got=f"{_described(batch)} as batch {number}",
                fix="yield (inputs, targets); for arrays pass one tuple: train((X, y), epochs)",
            )
        x, y = (as_numbers(part, name) for part, name in zip(batch, "xy", strict=True))
        return _checked(x, y, f" of batch {number}", self.unchecked)


def source_of(data: Data, batch_size: int, seed: int, unchecked: bool) -> Source:
    """Tell arrays from a loader, and refuse what is neither."""
    if isinstance(data, tuple):
        return _from_arrays(data, batch_size, seed, unchecked)
    if isinstance(data, Tensor) or hasattr(data, "dtypes") or not isinstance(data, Iterable):
        raise DataError(
            "needed a loader of (x, y) batches or a tuple (X, y) of arrays",
            got=_described(data),
            fix="train((X, y), epochs)",
        )
    return LoaderSource(loader=data, unchecked=unchecked)


def _from_arrays(arrays: tuple[Any, ...], batch_size: int, seed: int, unchecked: bool) -> Source:
    if len(arrays) != 2:
        raise DataError(
            "needed a tuple (X, y) of arrays", got=f"{len(arrays)} entries", fix="(X, y)"
        )
    x, y = as_numbers(arrays[0], "X"), as_numbers(arrays[1], "y")
    if not unchecked and x.ndim == 2 and len(x):
        check_finite(x, "X", columns_of(arrays[0]))
    x, y = _checked(x, y, "", unchecked)
    return ArraySource(x=x, y=y, batch_size=batch_size, seed=seed)


def _checked(x: Tensor, y: Tensor, where: str, unchecked: bool) -> Batch:
    inputs, targets = ("X", "y") if not where else (f"x{where}", f"y{where}")
    if x.ndim == 0 or y.ndim == 0 or len(x) != len(y):
        raise DataError(
            f"needed one entry of {targets} for each row of {inputs}",
            got=f"shapes {tuple(x.shape)} and {tuple(y.shape)}",
            fix="keep features and target in step; rows are the first axis",
        )
    if len(x) == 0:
        raise DataError(f"needed at least one row in {inputs}", got="none", fix="give some rows")
    if not unchecked:
        check_finite(x, inputs)
        check_finite(y, targets)
    return x, y


def _described(value: Any) -> str:
    kind = type(value).__name__
    if isinstance(value, tuple | list | dict):
        return f"a {kind} of {len(value)}"
    return f"{kind} of shape {tuple(value.shape)}" if hasattr(value, "shape") else kind
