"""Where batches come from: arrays in a seeded order, or whatever yields pairs."""

from collections.abc import Iterable, Iterator, Sized
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.utils.data import Dataset

from losslab.core.errors import DataError
from losslab.training.initialization import draw_batch_order
from losslab.training.trainer.arrays import Batch, Input, describe_value, read_batch, select_rows

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

    x: Input
    y: Tensor
    batch_size: int
    seed: int
    once: bool = False

    @property
    def n_batches(self) -> int | None:
        """How many batches an epoch has; the last may be smaller."""
        return -(-len(self.y) // self.batch_size)

    def batches(self, epoch: int | None = None) -> Iterator[Batch]:
        """Yield the batches of an epoch counted from 0, or all rows in their own order."""
        rows = len(self.y)
        order = torch.arange(rows)
        if epoch is not None:
            order = torch.from_numpy(draw_batch_order(rows, self.seed, epoch))
        for start in range(0, rows, self.batch_size):
            chosen = order[start : start + self.batch_size]
            yield select_rows(self.x, chosen), self.y[chosen]

    def targets(self) -> Tensor:
        """All targets."""
        return self.y


@dataclass(frozen=True, kw_only=True)
class LoaderSource:
    """A DataLoader, or any other iterable of batches; its order is its own affair."""

    loader: Iterable[Any]
    pairs: bool
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
        """Yield the loader's batches, checked to be inputs and targets of equal length."""
        number = 0
        for number, batch in enumerate(self.loader, 1):
            yield read_batch(batch, number, pairs=self.pairs, unchecked=self.unchecked)
        if number == 0:
            raise DataError(
                "needed at least one batch",
                got="none",
                fix="check drop_last and the size of the data set; a generator yields only once",
            )

    def targets(self) -> Tensor:
        """All targets, by one pass over the loader."""
        return torch.cat([y for _, y in self.batches()])


def build_source(data: Data, batch_size: int, seed: int, *, pairs: bool, unchecked: bool) -> Source:
    """Tell arrays from a loader, and refuse what is neither.

    Args:
        data: what a user calls data.
        batch_size: how many rows of arrays make a batch.
        seed: of the order of arrays.
        pairs: whether inputs may come as pairs: ((x1, x2), y) or (x1, x2, y).
        unchecked: let numbers that are not finite pass.
    """
    if isinstance(data, tuple):
        x, y = read_batch(data, None, pairs=pairs, unchecked=unchecked)
        return ArraySource(x=x, y=y, batch_size=batch_size, seed=seed)
    single = isinstance(data, Dataset) and not isinstance(data, Iterable)
    if (
        single
        or isinstance(data, Tensor)
        or hasattr(data, "dtypes")
        or not isinstance(data, Iterable)
    ):
        raise DataError(
            "needed a loader of (x, y) batches or a tuple (X, y) of arrays",
            got=describe_value(data) + (", which gives single rows" if single else ""),
            fix="torch.utils.data.DataLoader(dataset, batch_size=32, shuffle=True)"
            if single
            else "train((X, y), epochs); or put both in a loader: "
            "DataLoader(TensorDataset(X, y), batch_size=32, shuffle=True)",
        )
    return LoaderSource(loader=data, pairs=pairs, unchecked=unchecked)
