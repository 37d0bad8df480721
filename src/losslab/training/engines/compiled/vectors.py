"""Emission of LLVM vector code: loads, stores, shuffles, and transposition in registers."""

from typing import Any

from llvmlite import binding, ir
from numba import types

from losslab.training.engines.compiled.jit import TARGET, define_intrinsic, emit_helpers

# The widest vectors of any processor. Sums over lanes always use as many, so that no sum depends
# on what a processor has.
MAX_VECTOR_BYTES = 64


def _measure_vector_bytes() -> int:
    """Find out how wide the target's vectors are from what the compiler emits."""
    number = ir.FloatType()
    vector = ir.VectorType(number, MAX_VECTOR_BYTES // 4)
    module = ir.Module()
    function = ir.Function(module, ir.FunctionType(vector, [vector, vector]), "add")
    builder = ir.IRBuilder(function.append_basic_block())
    builder.ret(builder.fadd(*function.args))
    parsed = binding.parse_assembly(str(module))
    parsed.triple = TARGET.triple
    machine = binding.Target.from_triple(TARGET.triple).create_target_machine(
        cpu=TARGET.processor, features=TARGET.features
    )
    assembly = machine.emit_assembly(parsed)
    return 64 if "%zmm" in assembly else 32 if "%ymm" in assembly else 16


VECTOR_BYTES = _measure_vector_bytes()


def int64(value: int) -> Any:
    """A 64-bit integer constant."""
    return ir.Constant(ir.IntType(64), value)


class Matrix:
    """A two-dimensional array in emitted code, read and written by number or by vector.

    Args:
        vector_bytes: width of the vectors; the compiler splits those too wide for its target.
    """

    def __init__(
        self, context: Any, builder: Any, kind: Any, value: Any, vector_bytes: int = VECTOR_BYTES
    ) -> None:
        array = context.make_array(kind)(context, builder, value)
        self.builder, self.data = builder, array.data
        self.number = array.data.type.pointee
        self.itemsize = kind.dtype.bitwidth // 8
        self.lanes = vector_bytes // self.itemsize
        self.vector = ir.VectorType(self.number, self.lanes)
        self.rows, self.columns = emit_helpers.unpack_tuple(builder, array.shape, 2)
        self.strides = emit_helpers.unpack_tuple(builder, array.strides, 2)
        self.contiguous = kind.layout == "C"

    def point_to(self, row: Any, column: Any) -> Any:
        """Point to a number."""
        builder = self.builder
        strides = [builder.sdiv(stride, int64(self.itemsize)) for stride in self.strides]
        offset = column if self.contiguous else builder.mul(column, strides[1])
        return builder.gep(self.data, [builder.add(builder.mul(row, strides[0]), offset)])

    def load(self, row: Any, column: Any) -> Any:
        """Load the vector that begins at a number; the row must be contiguous."""
        return self.builder.load(self._point_to_vector(row, column), align=self.itemsize)

    def store(self, vector: Any, row: Any, column: Any) -> None:
        """Store a vector from a number on."""
        self.builder.store(vector, self._point_to_vector(row, column), align=self.itemsize)

    def _point_to_vector(self, row: Any, column: Any) -> Any:
        return self.builder.bitcast(self.point_to(row, column), self.vector.as_pointer())


def emit_fma(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """Emit ``a * b + c`` of numbers or vectors, rounded once."""
    kind = a.type
    bits = 32 if isinstance(getattr(kind, "element", kind), ir.FloatType) else 64
    lanes = f"v{kind.count}" if isinstance(kind, ir.VectorType) else ""
    function = emit_helpers.get_or_insert_function(
        builder.module, ir.FunctionType(kind, [kind] * 3), f"llvm.fma.{lanes}f{bits}"
    )
    return builder.call(function, [a, b, c])


def emit_broadcast(builder: Any, number: Any, vector: Any) -> Any:
    """Emit a vector with the same number in every lane."""
    zero = ir.Constant(ir.IntType(32), 0)
    one = builder.insert_element(ir.Constant(vector, ir.Undefined), number, zero)
    mask = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
    return builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), mask)


def emit_shuffle(builder: Any, left: Any, right: Any, lanes: list[int]) -> Any:
    """Emit a vector of the given lanes of two others; those of ``right`` follow ``left``'s."""
    mask = ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), lanes)
    return builder.shuffle_vector(left, right, mask)


def _emit_transpose(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    matrix, transposed = (
        Matrix(context, builder, kind, value)
        for kind, value in zip(signature.args[:2], values[:2], strict=True)
    )
    row, column = values[2], values[3]
    side = matrix.lanes
    rows = [matrix.load(builder.add(row, int64(r)), column) for r in range(side)]
    # Swap the off-diagonal quarters of ever smaller blocks.
    half = side // 2
    while half:
        upper = [lane if not lane & half else side + lane - half for lane in range(side)]
        lower = [lane + half if not lane & half else side + lane for lane in range(side)]
        for r in range(side):
            if not r & half:
                top, bottom = rows[r], rows[r + half]
                rows[r] = emit_shuffle(builder, top, bottom, upper)
                rows[r + half] = emit_shuffle(builder, top, bottom, lower)
        half //= 2
    for r, vector in enumerate(rows):
        transposed.store(vector, builder.add(column, int64(r)), row)
    return context.get_dummy_value()


@define_intrinsic
def transpose_tile(context: Any, matrix: Any, transposed: Any, row: Any, column: Any) -> Any:
    """Copy the square tile of ``matrix`` at (row, column) into ``transposed``.

    Its side is a vector's number of lanes.
    """
    return types.void(matrix, transposed, types.int64, types.int64), _emit_transpose
