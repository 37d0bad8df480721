"""Batches of a loader, or of arrays in a seeded order."""

from collections.abc import Iterable, Iterator, Sized
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset

from losslab.core.errors import DataError, describe_value
from losslab.training.initialization import draw_batch_order
from losslab.training.trainer.arrays import check_finite, to_tensor

# A DataLoader or other iterable of (x, y) batches, or a tuple (X, y) of whole arrays.
Data = Iterable[Any] | tuple[Any, Any]
# One input, or for losses of pairs two of the same length.
Input = Tensor | tuple[Tensor, Tensor]
Batch = tuple[Input, Tensor]


@dataclass(frozen=True, kw_only=True)
class ArraySource:
    """Whole arrays, in batches whose order depends on seed and epoch alone."""

    x: Input
    y: Tensor
    batch_size: int
    seed: int

    @property
    def n_batches(self) -> int | None:
        """The number of batches per epoch; the last may be smaller."""
        return -(-len(self.y) // self.batch_size)

    def iter_batches(self, epoch: int | None = None) -> Iterator[Batch]:
        """Yield the batches of an epoch counted from 0, or all rows in their own order."""
        order = torch.arange(len(self.y))
        if epoch is not None:
            order = torch.from_numpy(draw_batch_order(len(self.y), self.seed, epoch))
        for rows in torch.split(order, int(self.batch_size)):
            x = self.x
            yield (x[0][rows], x[1][rows]) if isinstance(x, tuple) else x[rows], self.y[rows]

    def collect_targets(self) -> Tensor:
        """Return all targets."""
        return self.y


@dataclass(frozen=True, kw_only=True)
class LoaderSource:
    """A DataLoader, or any other iterable of batches, in its own order."""

    loader: Iterable[Any]
    takes_pairs: bool
    unchecked: bool

    @property
    def n_batches(self) -> int | None:
        """The length of the loader, if it has one."""
        try:
            return len(self.loader) if isinstance(self.loader, Sized) else None
        except TypeError:  # a DataLoader over an iterable data set
            return None

    @property
    def is_single_pass(self) -> bool:
        """Whether the loader is a generator or the like, which is empty after one pass."""
        return isinstance(self.loader, Iterator)

    def iter_batches(self, epoch: int | None = None) -> Iterator[Batch]:
        """Yield the batches of the loader, after checking that x and y have equal lengths."""
        number = 0
        for number, batch in enumerate(self.loader, 1):
            yield read_batch(batch, number, self.takes_pairs, self.unchecked)
        if number == 0:
            raise DataError(
                "needed at least one batch",
                got="none",
                fix="check drop_last and the size of the data set; a generator yields only once",
            )

    def collect_targets(self) -> Tensor:
        """Collect all targets in one pass over the loader."""
        return torch.cat([y for _, y in self.iter_batches()])


Source = ArraySource | LoaderSource


def build_source(
    data: Data, batch_size: int, seed: int, *, takes_pairs: bool, unchecked: bool
) -> Source:
    """Build the source of batches for arrays or a loader, and refuse anything else.

    Args:
        data: the data as passed by the user.
        batch_size: rows per batch, for arrays.
        seed: seed of the order, for arrays.
        takes_pairs: whether inputs may be pairs: ((x1, x2), y) or (x1, x2, y).
        unchecked: accept numbers that are not finite.
    """
    if isinstance(data, tuple):
        x, y = read_batch(data, None, takes_pairs, unchecked)
        return ArraySource(x=x, y=y, batch_size=batch_size, seed=seed)
    gives_rows = isinstance(data, Dataset) and not isinstance(data, Iterable)
    is_array = isinstance(data, Tensor) or hasattr(data, "dtypes")
    if is_array or not isinstance(data, Iterable):
        raise DataError(
            "needed a loader of (x, y) batches or a tuple (X, y) of arrays",
            got=describe_value(data) + (", which gives single rows" if gives_rows else ""),
            fix="torch.utils.data.DataLoader(dataset, batch_size=32, shuffle=True)"
            if gives_rows
            else "train((X, y), epochs); or put both in a loader: "
            "DataLoader(TensorDataset(X, y), batch_size=32, shuffle=True)",
        )
    return LoaderSource(loader=data, takes_pairs=takes_pairs, unchecked=unchecked)


def read_batch(given: Any, number: int | None, takes_pairs: bool, unchecked: bool) -> Batch:
    """Read (x, y), or for losses of pairs also ((x1, x2), y) and (x1, x2, y).

    Args:
        given: a batch of a loader, or a tuple of whole arrays.
        number: the number of the batch, counted from 1; None for whole arrays.
        takes_pairs: whether inputs may be pairs.
        unchecked: accept numbers that are not finite.

    Examples:
        >>> read_batch(([[1.0], [2.0]], [0, 1]), None, takes_pairs=False, unchecked=False)[1]
        tensor([0, 1])
    """
    parts, y = _split_batch(given, number, takes_pairs)
    letter, where = ("X", "") if number is None else ("x", f" of batch {number}")
    names = [letter] if len(parts) == 1 else [f"{letter}1", f"{letter}2"]
    target = to_tensor(y, "y")
    inputs = [
        _read_input(part, target, name, where, unchecked)
        for part, name in zip(parts, names, strict=True)
    ]
    if not unchecked:
        check_finite(target, f"y{where}")
    return inputs[0] if len(inputs) == 1 else (inputs[0], inputs[1]), target


def _split_batch(given: Any, number: int | None, takes_pairs: bool) -> tuple[list[Any], Any]:
    """Split a batch into its one or two inputs and its target."""
    members = list(given) if isinstance(given, tuple | list) else []
    if takes_pairs and len(members) == 3:
        return members[:2], members[2]
    if len(members) != 2:
        raise _build_batch_error(given, number, takes_pairs)
    x, y = members
    if not _is_pair(x):
        return [x], y
    if takes_pairs:
        return list(x), y
    if hasattr(y, "__len__") and len(x[0]) == len(x[1]) == len(y) != 2:
        raise _build_batch_error(given, number, takes_pairs, " with a pair of inputs")
    return [x], y


def _is_pair(x: Any) -> bool:
    """Return whether x is two arrays or tables; two lists of numbers are rows of one input."""
    is_two = isinstance(x, tuple | list) and len(x) == 2
    return is_two and all(len(getattr(part, "shape", ())) > 0 for part in x)


def _build_batch_error(
    given: Any, number: int | None, takes_pairs: bool, extra: str = ""
) -> DataError:
    where = "" if number is None else f" as batch {number}"
    needed = "batches that are pairs (x, y)"
    fix = "yield (inputs, targets); for arrays pass one tuple: train((X, y), epochs)"
    if takes_pairs:
        needed = "pairs of inputs with a label, ((x1, x2), y) or (x1, x2, y), or inputs (x, y)"
        fix = "for arrays pass one tuple: train(((X1, X2), y), epochs)"
    elif number is None:
        needed, fix = "a tuple (X, y) of arrays", "(X, y)"
    return DataError(f"needed {needed}", got=f"{describe_value(given)}{extra}{where}", fix=fix)


def _read_input(x: Any, target: Tensor, name: str, where: str, unchecked: bool) -> Tensor:
    tensor = to_tensor(x, name)
    if tensor.ndim == 0 or target.ndim == 0 or len(tensor) != len(target):
        raise DataError(
            f"needed one entry of y{where} for each row of {name}{where}",
            got=f"shapes {tuple(tensor.shape)} and {tuple(target.shape)}",
            fix="keep features and target in step; rows are the first axis",
        )
    if len(tensor) == 0:
        raise DataError(
            f"needed at least one row in {name}{where}", got="none", fix="give some rows"
        )
    if not unchecked:
        check_finite(tensor, f"{name}{where}", list(getattr(x, "columns", ())))
    return tensor
