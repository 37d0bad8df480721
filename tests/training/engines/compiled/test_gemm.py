"""Matrix products of any shape, against NumPy's."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiled_calls import from_python
from losslab.training.engines.compiled import gemm
from losslab.training.engines.compiled.gemm import TILE_ROWS, TILE_VECTORS
from losslab.training.engines.compiled.vectors import VECTOR_BYTES

multiply = from_python(gemm.multiply)
multiply_transposed = from_python(gemm.multiply_transposed)
transpose = from_python(gemm.transpose)

TOLERANCES = {np.float32: 1e-4, np.float64: 1e-12}
SIZES = st.integers(1, 9) | st.sampled_from([16, 31, 32, 33, 64, 65, 100, 131])
WIDE = st.sampled_from([131, 200, 300])  # their products are large enough to pack


def matrix(rows, columns, dtype, seed):
    return np.random.default_rng(seed).normal(size=(rows, columns)).astype(dtype)


def panel_for(right):
    """Space for the widest panel, of numbers that no product may use."""
    return np.full(len(right) * 4 * 64 // right.itemsize, np.nan, right.dtype)


def output_like(rows, columns, dtype):
    """Numbers that a product must overwrite."""
    return np.full((rows, columns), np.nan, dtype)


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("transposed", [False, True], ids=["plain", "transposed"])
@given(rows=SIZES, depth=SIZES, columns=SIZES)
@settings(max_examples=60, deadline=None)
def test_a_product_adds_its_bias_whatever_the_shapes(dtype, transposed, rows, depth, columns):
    left = matrix(depth, rows, dtype, 0).T if transposed else matrix(rows, depth, dtype, 0)
    right, bias = matrix(depth, columns, dtype, 1), matrix(1, columns, dtype, 2)
    exact = bias.astype(np.float64) + left.astype(np.float64) @ right.astype(np.float64)
    out = output_like(rows, columns, dtype)
    multiply(left, right, bias, out, panel_for(right))
    np.testing.assert_allclose(out, exact, rtol=TOLERANCES[dtype], atol=TOLERANCES[dtype])


@pytest.mark.parametrize("dtype", TOLERANCES)
def test_a_product_writes_nothing_but_its_output(dtype):
    """Around the output lie numbers that a tile too wide or too tall would change."""
    lanes = VECTOR_BYTES // np.dtype(dtype).itemsize
    rows, columns = 2 * TILE_ROWS + 1, TILE_VECTORS * lanes + lanes + 3
    around = np.full((rows + 2, columns), 7.0, dtype)
    out = around[1:-1]
    left, right = matrix(rows, 5, dtype, 0), matrix(5, columns, dtype, 1)
    multiply(left, right, np.zeros((1, columns), dtype), out, panel_for(right))
    np.testing.assert_allclose(out, left @ right, rtol=1e-4, atol=1e-5)
    assert (around[[0, -1]] == 7.0).all()


@pytest.mark.parametrize("dtype", TOLERANCES)
def test_products_with_a_transposed_factor_agree_with_numpy(dtype):
    left, right, bias = matrix(7, 50, dtype, 0), matrix(3, 50, dtype, 1), matrix(1, 3, dtype, 2)
    out = output_like(7, 3, dtype)
    multiply_transposed(left, right, bias, out)
    np.testing.assert_allclose(out, bias + left @ right.T, rtol=1e-4, atol=1e-5)


OTHER_WIDTHS = [
    from_python(gemm.make_multiply(vector)) for vector in (16, 32, 64) if vector != VECTOR_BYTES
]


@pytest.mark.parametrize("dtype", TOLERANCES)
@given(rows=SIZES, depth=SIZES, columns=SIZES)
@settings(max_examples=60, deadline=None)
def test_a_product_has_the_same_bits_whatever_the_width_of_vectors(dtype, rows, depth, columns):
    left, right = matrix(rows, depth, dtype, 0), matrix(depth, columns, dtype, 1)
    bias = matrix(1, columns, dtype, 2)
    expected = output_like(rows, columns, dtype)
    multiply(left, right, bias, expected, panel_for(right))
    for other in OTHER_WIDTHS:
        out = output_like(rows, columns, dtype)
        other(left, right, bias, out, panel_for(right))
        assert out.tobytes() == expected.tobytes()


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("transposed", [False, True], ids=["plain", "transposed"])
@given(rows=SIZES, depth=WIDE, columns=WIDE)
@settings(max_examples=30, deadline=None)
def test_a_product_has_the_same_bits_whether_panels_are_packed_or_not(
    dtype, transposed, rows, depth, columns
):
    left = matrix(depth, rows, dtype, 0).T if transposed else matrix(rows, depth, dtype, 0)
    right, bias = matrix(depth, columns, dtype, 1), matrix(1, columns, dtype, 2)
    packed, unpacked = output_like(rows, columns, dtype), output_like(rows, columns, dtype)
    panel = panel_for(right)
    multiply(left, right, bias, packed, panel)
    multiply(left, right, bias, unpacked, panel[:0])
    assert packed.tobytes() == unpacked.tobytes()
    packs = right.nbytes > gemm.TLB_BYTES and rows >= gemm.MIN_ROWS_TO_PACK
    assert np.isfinite(panel).any() == (packs and columns * right.itemsize >= VECTOR_BYTES)


@pytest.mark.parametrize("dtype", TOLERANCES)
@given(rows=SIZES, depth=SIZES, columns=SIZES)
@settings(max_examples=60, deadline=None)
def test_a_product_with_a_transposed_factor_has_the_bits_of_its_lanes_summed_in_exact_steps(
    dtype, rows, depth, columns
):
    left, right = matrix(rows, depth, dtype, 0), matrix(columns, depth, dtype, 1)
    bias, out = matrix(1, columns, dtype, 2), output_like(rows, columns, dtype)
    multiply_transposed(left, right, bias, out)
    for r, j in ((0, 0), (rows - 1, columns - 1)):
        assert out[r, j] == by_lanes(left[r], right[j], bias[0, j])


def by_lanes(left, right, bias):
    """What ``multiply_transposed`` promises, by fractions."""
    kind, lanes = type(bias), 64 // bias.itemsize
    whole = len(left) - len(left) % lanes
    totals = [kind(0)] * lanes
    for k in range(whole):
        totals[k % lanes] = fused(left[k], right[k], totals[k % lanes])
    while len(totals) > 1:
        half = len(totals) // 2
        totals = [a + b for a, b in zip(totals[:half], totals[half:], strict=True)]
    rest = kind(0)
    for k in range(whole, len(left)):
        rest = fused(left[k], right[k], rest)
    return bias + totals[0] + rest


def fused(a, b, c):
    exact = Fraction(float(a)) * Fraction(float(b)) + Fraction(float(c))
    if isinstance(a, np.float64):
        return np.float64(float(exact))
    # Through float64 a sum could be rounded twice; its neighbours tell which is the nearest.
    near = np.float32(float(exact))
    around = (np.nextafter(near, np.float32(-np.inf)), near, np.nextafter(near, np.float32(np.inf)))
    return min(around, key=lambda one: abs(Fraction(float(one)) - exact))


@pytest.mark.parametrize("dtype", TOLERANCES)
@given(rows=SIZES, columns=SIZES, before=st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_a_transpose_of_any_shape_fills_its_part_of_a_wider_matrix(dtype, rows, columns, before):
    given_matrix = matrix(rows, columns, dtype, 0)
    around = np.full((columns, before + rows + 2), 7.0, dtype)
    transpose(given_matrix, around[:, before : before + rows])
    assert (around[:, before : before + rows] == given_matrix.T).all()
    assert (around[:, :before] == 7.0).all()
    assert (around[:, before + rows :] == 7.0).all()


def test_what_is_not_a_number_spreads_as_in_numpy():
    left, right = matrix(5, 4, np.float32, 0), matrix(4, 70, np.float32, 1)
    left[1, 2], right[0, 69] = np.nan, np.inf
    out = np.zeros((5, 70), np.float32)
    multiply(left, right, np.zeros((1, 70), np.float32), out, panel_for(right))
    np.testing.assert_array_equal(np.isfinite(out), np.isfinite(left @ right))
