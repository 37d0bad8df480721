"""The catalogue's data sets as code: what each one's own file does, without losslab."""

from dataclasses import dataclass
from textwrap import dedent, indent

from losslab.data.datasets import titanic
from losslab.report.script.syntax import NUMPY, PANDAS, Import


@dataclass(frozen=True, kw_only=True)
class Loader:
    """The body of ``read_table`` for one data set.

    Args:
        summary: the function's docstring.
        body: its lines, indented; the last one returns a data frame with the target in it.
        imports: what they need.
        path: where the file is unless ``--data`` says so, as an expression; empty without one.
        help: what that file is.
    """

    summary: str
    body: str
    imports: frozenset[Import]
    path: str = ""
    help: str = ""


def _embedded(function: str, target: str) -> Loader:
    body = f"""\
        bunch = {function}(as_frame=True)
        return bunch.data.assign({target}=bunch.target_names[bunch.target])"""
    return Loader(
        summary="Load the table that comes with scikit-learn.",
        body=_body(body),
        imports=frozenset({Import("sklearn.datasets", function)}),
    )


def _points(function: str, body: str) -> Loader:
    imports = {PANDAS, Import("sklearn.datasets", function)} if function else {PANDAS}
    return Loader(
        summary="Generate points in the plane, the same each time.",
        body=_body(body),
        imports=frozenset({*imports, NUMPY}),
    )


def _body(text: str) -> str:
    return indent(dedent(text), "    ")


LOADERS = {
    "breast_cancer": _embedded("load_breast_cancer", "diagnosis"),
    "titanic": Loader(
        summary="Read the passengers with a known class, sex, age and fare.",
        body=_body("""\
            columns = ["Pclass", "Sex", "Age", "Fare", "Survived"]
            return pd.read_csv(path)[columns].dropna().reset_index(drop=True)"""),
        imports=frozenset({PANDAS, Import("os"), Import("pathlib", "Path")}),
        path='Path(os.environ.get("LOSSLAB_DATA", "."), "titanic.csv")',
        help=titanic.URL,
    ),
    "moons": _points(
        "make_moons",
        """\
        points, sides = make_moons(n_samples=500, noise=0.3, random_state=0)
        return pd.DataFrame(points.round(6), columns=["x1", "x2"]).assign(side=sides)""",
    ),
    "circles": _points(
        "make_circles",
        """\
        points, sides = make_circles(n_samples=500, noise=0.15, factor=0.5, random_state=0)
        return pd.DataFrame(points.round(6), columns=["x1", "x2"]).assign(side=sides)""",
    ),
    "spirals": _points(
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
    "xor": _points(
        "",
        """\
        generator = np.random.default_rng(0)
        centres = generator.uniform(-1.0, 1.0, (500, 2))
        sides = (centres[:, 0] * centres[:, 1] < 0).astype(np.int64)
        points = centres + generator.normal(0.0, 0.1, centres.shape)
        return pd.DataFrame(points.round(6), columns=["x1", "x2"]).assign(side=sides)""",
    ),
    "iris": _embedded("load_iris", "species"),
    "wine": _embedded("load_wine", "cultivar"),
    "digits": _embedded("load_digits", "digit"),
    "blobs": _points(
        "make_blobs",
        """\
        centres = np.array([[0.0, 0.0], [3.0, 0.0], [1.5, 2.6]])
        points, blobs = make_blobs(600, centers=centres, cluster_std=1.2, random_state=0)
        return pd.DataFrame(points.round(6), columns=["x1", "x2"]).assign(blob=blobs)""",
    ),
    "diabetes": Loader(
        summary="Load the table that comes with scikit-learn, in its own units.",
        body=_body("""\
            bunch = load_diabetes(as_frame=True, scaled=False)
            return bunch.data.assign(progression=bunch.target)"""),
        imports=frozenset({Import("sklearn.datasets", "load_diabetes")}),
    ),
}
