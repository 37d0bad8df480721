"""Preprocessing is fitted on training rows only, and refuses other columns by name."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from losslab.core.errors import DataError
from losslab.data.catalog import load_dataset
from losslab.data.load import load
from losslab.data.options import TableOptions
from losslab.data.preprocess import Preprocessor
from losslab.data.split import SplitPlan, make_splits


def frame():
    return pd.DataFrame(
        {
            "a": [1.0, 2.0, 3.0, 40.0],
            "kind": pd.Categorical(["x", "y", "x", "z"]),
            "b": [5.0, 5.0, 5.0, 9.0],
        }
    )


def frame_with_gaps():
    table = frame()
    table.loc[1, "a"] = np.nan
    table.loc[2, "kind"] = np.nan
    return table


def test_numbers_are_scaled_and_categories_one_hot_by_the_training_rows():
    fitted = Preprocessor().fit(frame(), [0, 1, 2])
    deviation = np.std([1.0, 2.0, 3.0])
    assert fitted.feature_names == ("a", "b", "kind=x", "kind=y")
    np.testing.assert_allclose(
        fitted.transform(frame()),
        [
            [-1 / deviation, 0, 1, 0],
            [0, 0, 0, 1],
            [1 / deviation, 0, 1, 0],
            [38 / deviation, 4, 0, 0],  # b is constant in training: scale 1; level z is unknown
        ],
    )


@given(st.integers(0, 2**31))
def test_other_rows_do_not_change_what_is_learnt(seed):
    generator = np.random.default_rng(seed)
    table = pd.DataFrame(generator.normal(size=(30, 3)), columns=list("abc"))
    table["kind"] = generator.choice(["x", "y"], 30)
    changed = table.copy()
    changed.loc[20:, ["a", "b", "c"]] = generator.normal(9, 9, size=(10, 3))
    changed.loc[20:, "kind"] = "other"
    rows = np.arange(20)
    one, two = Preprocessor().fit(table, rows), Preprocessor().fit(changed, rows)
    assert one.feature_names == two.feature_names
    np.testing.assert_array_equal(one.transform(table)[rows], two.transform(changed)[rows])


def test_missing_values_are_refused_unless_imputed():
    with pytest.raises(DataError, match=r"'a', but got a missing value in row 1(?s:.*)--impute"):
        Preprocessor().fit(frame_with_gaps())
    fitted = Preprocessor().fit(frame())
    with pytest.raises(DataError, match="'kind', but got a missing value in row 2"):
        fitted.transform(frame_with_gaps().assign(a=1.0))


def test_missing_values_are_imputed_and_marked():
    fitted = Preprocessor(impute=True).fit(frame_with_gaps())
    assert fitted.feature_names == (
        "a",
        "b",
        "a is missing",
        "kind=x",
        "kind=y",
        "kind=z",
        "kind=(missing)",
    )
    result = fitted.transform(frame_with_gaps())
    np.testing.assert_array_equal(result[:, 2], [0, 1, 0, 0])
    assert result[1, 0] == 0.0  # the mean, after scaling
    np.testing.assert_array_equal(result[:, 6], [0, 0, 1, 0])
    np.testing.assert_array_equal(result[2, 3:6], 0)


def test_gaps_absent_from_training_stay_finite():
    fitted = Preprocessor(impute=True).fit(frame())
    result = fitted.transform(frame_with_gaps().assign(b=[np.inf, 1e39, 5.0, 5.0]))
    assert result.shape == (4, len(fitted.feature_names))
    assert np.isfinite(result).all()


def test_a_column_missing_in_all_training_rows_stays_finite():
    table = frame().assign(a=[np.nan, np.nan, 3e9, 4.0])
    fitted = Preprocessor(impute=True).fit(table, [0, 1])
    result = fitted.transform(table)
    assert fitted.feature_names[:3] == ("a", "b", "a is missing")
    # Nothing was learnt about its scale, so its values must not reach the network.
    np.testing.assert_array_equal(result[:, [0, 2]], [[0, 1], [0, 1], [0, 0], [0, 0]])


def test_columns_are_found_by_name_in_any_order():
    fitted = Preprocessor().fit(frame())
    shuffled = frame()[["b", "kind", "a"]]
    np.testing.assert_array_equal(fitted.transform(shuffled), fitted.transform(frame()))


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (frame().drop(columns=["b", "kind"]), "without kind, b"),
        (frame().assign(extra=1.0), "with extra in addition(?s:.*)--drop extra"),
        (frame().rename(columns={"a": "A"}), "without a and with A in addition"),
        (frame().assign(a=["1", "2", "x", "4"]), "numbers, as in training, in column 'a'.*'x' in"),
        (
            frame().assign(a=[1.0, np.inf, 2.0, 3.0]),
            "float32 in column 'a', but got inf in row 1",
        ),
    ],
)
def test_a_table_unlike_the_training_table_is_refused_by_name(table, words):
    fitted = Preprocessor().fit(frame())
    with pytest.raises(DataError, match=words):
        fitted.transform(table)


def test_a_number_that_is_a_missing_mark_in_every_row_is_missing():
    train = pd.DataFrame({"x": [1.0, 2.0, 4.0]})
    unknown = pd.DataFrame({"x": ["NA", "nan", "NA"]})
    with pytest.raises(DataError, match="a value in every row in column 'x'"):
        Preprocessor().fit(train).transform(unknown)
    filled = Preprocessor(impute=True).fit(train).transform(unknown)
    assert (filled == 0.0).all()


def test_numbers_written_as_text_and_levels_read_as_numbers_still_fit():
    table = pd.DataFrame({"a": [1.0, 2.5, 4.0], "code": pd.Categorical(["1", "2", "1"])})
    fitted = Preprocessor().fit(table)
    reread = pd.DataFrame({"a": ["1", "2.5", "4"], "code": [1, 2, 1]})
    np.testing.assert_array_equal(fitted.transform(reread), fitted.transform(table))


@given(
    hnp.arrays(
        np.float64,
        (12, 3),
        elements=st.floats(-3e38, 3e38),
    )
)
def test_any_finite_numbers_become_finite_inputs(values):
    table = pd.DataFrame(values, columns=list("abc"))
    fitted = Preprocessor().fit(table, np.arange(8))
    result = fitted.transform(table, dtype=np.float32)
    assert result.dtype == np.float32
    assert result.flags.c_contiguous
    assert np.isfinite(result).all()


def test_constant_pixels_of_digits_become_zeros():
    digits = load_dataset("digits")
    result = Preprocessor().fit(digits.X).transform(digits.X)
    assert np.isfinite(result).all()
    assert not result[:, 0].any()


def test_no_rows_to_fit_on_are_refused():
    with pytest.raises(DataError, match="rows to fit on"):
        Preprocessor().fit(frame(), [])


def test_numbers_only_and_categories_only_work():
    assert Preprocessor().fit(frame()[["a"]]).transform(frame()[["a"]]).shape == (4, 1)
    assert Preprocessor().fit(frame()[["kind"]]).transform(frame()[["kind"]]).shape == (4, 3)


def test_a_real_table_with_missing_values_is_loaded_split_and_preprocessed(real_data):
    path = real_data("auto_imports.csv")
    data = load(path, TableOptions(target="price", impute=True))
    for split in make_splits(data.y, data.task, SplitPlan()):
        fitted = Preprocessor(impute=True).fit(data.X, split.train)
        result = fitted.transform(data.X)
        assert result.shape == (201, len(fitted.feature_names))
        assert np.isfinite(result).all()
        scaled = result[split.train][:, [fitted.feature_names.index("curb_weight")]]
        np.testing.assert_allclose([scaled.mean(), scaled.std()], [0, 1], atol=1e-12)
