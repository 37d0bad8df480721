"""LLVM vectors and arrays in emitted code, and transposition in the processor's registers."""

from typing import Any

from llvmlite import binding, ir
from numba import types
from numba.extending import intrinsic

from losslab.training.engines.compiled.jit import TARGET, emit_helpers

# The widest vectors of all processors; sums that are shared among lanes have always so many, so
# that none depends on what a processor has.
WIDEST_VECTOR = 64  # bytes


def _vector_bytes() -> int:
    """How wide the vectors of the target are, as the compiler itself has it."""
    number = ir.FloatType()
    vector = ir.VectorType(number, WIDEST_VECTOR // 4)
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


VECTOR = _vector_bytes()


def whole(value: int) -> Any:
    """A 64-bit constant."""
    return ir.Constant(ir.IntType(64), value)


class Matrix:
    """The numbers of a two-dimensional array, found by row and column, alone or in vectors.

    ``width`` is that of the vectors in bytes; the compiler divides what is too wide for its target.
    """

    def __init__(
        self, context: Any, builder: Any, kind: Any, value: Any, width: int = VECTOR
    ) -> None:
        array = context.make_array(kind)(context, builder, value)
        self.builder, self.data = builder, array.data
        self.number = array.data.type.pointee
        self.itemsize = kind.dtype.bitwidth // 8
        self.lanes = width // self.itemsize
        self.vector = ir.VectorType(self.number, self.lanes)
        self.rows, self.columns = emit_helpers.unpack_tuple(builder, array.shape, 2)
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


def emit_fma(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """``a * b + c`` of numbers or vectors, each rounded once."""
    kind = a.type
    bits = 32 if isinstance(getattr(kind, "element", kind), ir.FloatType) else 64
    lanes = f"v{kind.count}" if isinstance(kind, ir.VectorType) else ""
    function = emit_helpers.get_or_insert_function(
        builder.module, ir.FunctionType(kind, [kind] * 3), f"llvm.fma.{lanes}f{bits}"
    )
    return builder.call(function, [a, b, c])


def broadcast(builder: Any, number: Any, vector: Any) -> Any:
    """A vector with the same number everywhere."""
    zero = ir.Constant(ir.IntType(32), 0)
    one = builder.insert_element(ir.Constant(vector, ir.Undefined), number, zero)
    mask = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
    return builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), mask)


def shuffle(builder: Any, left: Any, right: Any, places: list[int]) -> Any:
    """A vector of numbers from two others; places count on from the left to the right one."""
    mask = ir.Constant(ir.VectorType(ir.IntType(32), len(places)), places)
    return builder.shuffle_vector(left, right, mask)


def _turn_square(context: Any, matrix: Any, turned: Any, row: Any, column: Any) -> Any:
    """Copy the square of ``matrix`` that begins at (row, column) into ``turned``, transposed."""
    return types.void(matrix, turned, types.int64, types.int64), _emit


def _emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    matrix, turned = (
        Matrix(context, builder, kind, value)
        for kind, value in zip(signature.args[:2], values[:2], strict=True)
    )
    row, column = values[2], values[3]
    side = matrix.lanes
    rows = [matrix.load(builder.add(row, whole(r)), column) for r in range(side)]
    # Swap the off-diagonal quarters of ever smaller blocks.
    half = side // 2
    while half:
        upper = [lane if not lane & half else side + lane - half for lane in range(side)]
        lower = [lane + half if not lane & half else side + lane for lane in range(side)]
        for r in range(side):
            if not r & half:
                above, below = rows[r], rows[r + half]
                rows[r] = shuffle(builder, above, below, upper)
                rows[r + half] = shuffle(builder, above, below, lower)
        half //= 2
    for r, vector in enumerate(rows):
        turned.store(vector, builder.add(column, whole(r)), row)
    return context.get_dummy_value()


# For use in compiled functions only; the square's side is the number of lanes of a vector.
turn_square: Any = intrinsic(_turn_square)
