"""How a script reads the data sets of the catalogue."""

from dataclasses import dataclass
from textwrap import dedent, indent

from losslab.data.datasets import titanic
from losslab.report.script.syntax import NUMPY, PANDAS, Import


@dataclass(frozen=True, kw_only=True)
class TableReader:
    """The body of ``read_table`` and what goes with it.

    Args:
        summary: the function's docstring.
        body: its lines, indented; the last one returns a data frame with the target in it.
        imports: what they import.
        takes_path: the table is a file, given by ``--data``.
        default: the assignment of the file's default path; empty without one.
        help: the help of ``--data``.
    """

    summary: str
    body: str
    imports: frozenset[Import]
    takes_path: bool = False
    default: str = ""
    help: str = ""


def _load_classes(function: str, target: str) -> TableReader:
    return TableReader(
        summary="Load the table that scikit-learn ships.",
        body=_indent(f"""\
            bunch = {function}(as_frame=True)
            return bunch.data.assign({target}=bunch.target_names[bunch.target])"""),
        imports=frozenset({Import("sklearn.datasets", function)}),
    )


def _generate_points(function: str, body: str) -> TableReader:
    imports = {PANDAS, Import("sklearn.datasets", function)} if function else {PANDAS}
    return TableReader(
        summary="Generate points in the plane with a fixed seed.",
        body=_indent(body),
        imports=frozenset({*imports, NUMPY}),
    )


def _indent(text: str) -> str:
    return indent(dedent(text), "    ")


LOADERS = {
    "breast_cancer": _load_classes("load_breast_cancer", "diagnosis"),
    "titanic": TableReader(
        summary="Read the passengers with a known class, sex, age and fare.",
        body=_indent("""\
            columns = ["Pclass", "Sex", "Age", "Fare", "Survived"]
            return pd.read_csv(path)[columns].dropna().reset_index(drop=True)"""),
        imports=frozenset({PANDAS, Import("os"), Import("pathlib", "Path")}),
        takes_path=True,
        default='DATA = Path(os.environ.get("LOSSLAB_DATA", "."), "titanic.csv")',
        help=titanic.URL,
    ),
    "moons": _generate_points(
        "make_moons",
        """\
        points, sides = make_moons(n_samples=500, noise=0.3, random_state=0)
        return pd.DataFrame(points.round(6), columns=["x1", "x2"]).assign(side=sides)""",
    ),
    "circles": _generate_points(
        "make_circles",
        """\
        points, sides = make_circles(n_samples=500, noise=0.15, factor=0.5, random_state=0)
        return pd.DataFrame(points.round(6), columns=["x1", "x2"]).assign(side=sides)""",
    ),
    "spirals": _generate_points(
        "",
        """\
        generator = np.random.default_rng(0)
        sides = np.arange(500) % 2
        turn = np.sqrt(generator.uniform(0.02, 1.0, 500)) * 3 * np.pi
        angle = turn + np.pi * sides
        arm = np.column_stack([turn * np.cos(angle), turn * np.sin(angle)]) / (2 * np.pi)
        points = arm + generator.normal(0.0, 0.1, arm.shape)
        return pd.DataFrame(points.round(6), columns=["x1", "x2"]).assign(side=sides)""",
    ),
    "xor": _generate_points(
        "",
        """\
        generator = np.random.default_rng(0)
        centres = generator.uniform(-1.0, 1.0, (500, 2))
        sides = (centres[:, 0] * centres[:, 1] < 0).astype(np.int64)
        points = centres + generator.normal(0.0, 0.1, centres.shape)
        return pd.DataFrame(points.round(6), columns=["x1", "x2"]).assign(side=sides)""",
    ),
    "iris": _load_classes("load_iris", "species"),
    "wine": _load_classes("load_wine", "cultivar"),
    "digits": _load_classes("load_digits", "digit"),
    "blobs": _generate_points(
        "make_blobs",
        """\
        centres = np.array([[0.0, 0.0], [3.0, 0.0], [1.5, 2.6]])
        points, blobs = make_blobs(600, centers=centres, cluster_std=1.2, random_state=0)
        return pd.DataFrame(points.round(6), columns=["x1", "x2"]).assign(blob=blobs)""",
    ),
    "diabetes": TableReader(
        summary="Load the table that scikit-learn ships, in its own units.",
        body=_indent("""\
            bunch = load_diabetes(as_frame=True, scaled=False)
            return bunch.data.assign(progression=bunch.target)"""),
        imports=frozenset({Import("sklearn.datasets", "load_diabetes")}),
    ),
}
