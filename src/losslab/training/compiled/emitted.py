"""Vectors and arrays in code that is emitted instruction by instruction."""

from typing import Any

import llvmlite
from llvmlite import ir

from losslab.training.compiled.jit import emit_helpers

_FEATURES = llvmlite.binding.get_host_cpu_features()
WIDE_VECTORS, AVX = bool(_FEATURES.get("avx512f")), bool(_FEATURES.get("avx"))
VECTOR = 64 if WIDE_VECTORS else 32 if AVX else 16  # bytes


def whole(value: int) -> Any:
    """A 64-bit constant."""
    return ir.Constant(ir.IntType(64), value)


class Matrix:
    """The numbers of a two-dimensional array, found by row and column, alone or in vectors."""

    def __init__(self, context: Any, builder: Any, kind: Any, value: Any) -> None:
        array = context.make_array(kind)(context, builder, value)
        self.builder, self.data = builder, array.data
        self.number = array.data.type.pointee
        self.itemsize = kind.dtype.bitwidth // 8
        self.lanes = VECTOR // self.itemsize
        self.vector = ir.VectorType(self.number, self.lanes)
        self.columns = emit_helpers.unpack_tuple(builder, array.shape, 2)[1]
        self.strides = emit_helpers.unpack_tuple(builder, array.strides, 2)
        self.contiguous = kind.layout == "C"

    def at(self, row: Any, column: Any) -> Any:
        """Point to a number."""
        builder = self.builder
        steps = [builder.sdiv(step, whole(self.itemsize)) for step in self.strides]
        across = column if self.contiguous else builder.mul(column, steps[1])
        return builder.gep(self.data, [builder.add(builder.mul(row, steps[0]), across)])

    def load(self, row: Any, column: Any) -> Any:
        """The vector that begins at a number; its numbers must lie side by side."""
        return self.builder.load(self._vector_at(row, column), align=self.itemsize)

    def store(self, vector: Any, row: Any, column: Any) -> None:
        """Write a vector to where it begins."""
        self.builder.store(vector, self._vector_at(row, column), align=self.itemsize)

    def _vector_at(self, row: Any, column: Any) -> Any:
        return self.builder.bitcast(self.at(row, column), self.vector.as_pointer())


def spread(builder: Any, number: Any, vector: Any) -> Any:
    """A vector with the same number everywhere."""
    zero = ir.Constant(ir.IntType(32), 0)
    one = builder.insert_element(ir.Constant(vector, ir.Undefined), number, zero)
    mask = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
    return builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), mask)


def shuffled(builder: Any, left: Any, right: Any, places: list[int]) -> Any:
    """A vector of numbers from two others; places count on from the left to the right one."""
    mask = ir.Constant(ir.VectorType(ir.IntType(32), len(places)), places)
    return builder.shuffle_vector(left, right, mask)
