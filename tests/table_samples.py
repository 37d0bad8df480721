"""A small good table, as columns and as a file."""

import pandas as pd
from hypothesis import strategies as st

from losslab.data.load import load
from losslab.data.options import TableOptions

N = 24


def good():
    """A table that loads: numbers with fractions, a category and a target of two classes."""
    return {
        "x": [at / 8 for at in range(N)],
        "kind": ["a", "b", "c"] * (N // 3),
        "y": ["no", "yes"] * (N // 2),
    }


def write(folder, columns, name="t.csv", **options):
    path = folder / name
    pd.DataFrame(columns).to_csv(path, index=False, **options)
    return path


def load_columns(folder, columns, **options):
    return load(write(folder, columns), TableOptions(**({"target": "y"} | options)))


def with_cell(column, row, value):
    columns = good()
    columns[column] = [str(cell) for cell in columns[column]]
    columns[column][row] = value
    return columns


cell = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.binary(max_size=2)
)
