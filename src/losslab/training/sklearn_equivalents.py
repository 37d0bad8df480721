"""Penalties of scikit-learn's linear models as settings of runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from losslab.core.errors import OptionError

RunSettings = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Equivalent:
    """One of scikit-learn's linear models.

    Args:
        name: the class.
        objective: the objective in its documentation, in LaTeX, with ``n`` rows, targets ``y`` and
            linear predictions ``z``.
        alpha: losslab's alpha in scikit-learn's terms, in LaTeX; ``s`` is the standard deviation of
            the targets, since losslab trains values on the standardized scale.
        settings: penalty, alpha and penalty_params of a run, from (parameters, n, s).
    """

    name: str
    objective: str
    alpha: str
    settings: Callable[[Mapping[str, Any], int, float], RunSettings]


def _convert_ridge(given: Mapping[str, Any], rows: int, spread: float) -> RunSettings:
    return {"penalty": "l2", "alpha": 2.0 * float(given["alpha"]) / rows}


def _convert_lasso(given: Mapping[str, Any], rows: int, spread: float) -> RunSettings:
    return {"penalty": "l1", "alpha": 2.0 * float(given["alpha"]) / spread}


def _convert_elastic_net(given: Mapping[str, Any], rows: int, spread: float) -> RunSettings:
    l1 = 2.0 * given["alpha"] * given["l1_ratio"] / spread
    l2 = 2.0 * given["alpha"] * (1.0 - given["l1_ratio"])
    ratio = l1 / (l1 + l2) if l1 + l2 else 0.5
    return {"penalty": "elastic_net", "alpha": l1 + l2, "penalty_params": {"l1_ratio": ratio}}


def _convert_logistic(given: Mapping[str, Any], rows: int, spread: float) -> RunSettings:
    ratio = _get_l1_ratio(given)
    settings: RunSettings = {"penalty": "elastic_net", "alpha": 1.0 / (rows * float(given["C"]))}
    if ratio in (0.0, 1.0):
        return settings | {"penalty": "l1" if ratio else "l2"}
    return settings | {"penalty_params": {"l1_ratio": ratio}}


def _get_l1_ratio(given: Mapping[str, Any]) -> float:
    """Get the share of L1, which until scikit-learn 1.8 followed from the name of the penalty."""
    named = {"l1": 1.0, "l2": 0.0}.get(given.get("penalty", ""))
    return float(given.get("l1_ratio") or 0.0) if named is None else named


def _convert_poisson(given: Mapping[str, Any], rows: int, spread: float) -> RunSettings:
    return {"penalty": "l2", "alpha": float(given["alpha"])}


EQUIVALENTS = {
    entry.name: entry
    for entry in (
        Equivalent(
            name="Ridge",
            objective=r"\sum (y - z)^2 + a\,|w|_2^2",
            alpha=r"\alpha = 2 a / n",
            settings=_convert_ridge,
        ),
        Equivalent(
            name="RidgeClassifier",
            objective=r"\sum (\pm 1 - z)^2 + a\,|w|_2^2",
            alpha=r"\alpha = 2 a / n",
            settings=_convert_ridge,
        ),
        Equivalent(
            name="Lasso",
            objective=r"\tfrac{1}{2n} \sum (y - z)^2 + a\,|w|_1",
            alpha=r"\alpha = 2 a / s",
            settings=_convert_lasso,
        ),
        Equivalent(
            name="ElasticNet",
            objective=r"\tfrac{1}{2n} \sum (y - z)^2 + a\,(r |w|_1 + \tfrac{1 - r}{2} |w|_2^2)",
            alpha=r"\alpha \rho = 2 a r / s, \quad \alpha (1 - \rho) = 2 a (1 - r)",
            settings=_convert_elastic_net,
        ),
        Equivalent(
            name="LogisticRegression",
            objective=r"C \sum \ell(y, z) + r |w|_1 + \tfrac{1 - r}{2} |w|_2^2",
            alpha=r"\alpha = 1 / (n C), \quad \rho = r",
            settings=_convert_logistic,
        ),
        Equivalent(
            name="PoissonRegressor",
            objective=r"\tfrac{1}{2n} \sum \mathrm{deviance}(y, z) + \tfrac{a}{2} |w|_2^2",
            alpha=r"\alpha = a",
            settings=_convert_poisson,
        ),
    )
}


def convert_penalty(estimator: Any, n_rows: int, spread: float = 1.0) -> RunSettings:
    """Convert the penalty of one of scikit-learn's linear models to settings of a linear run.

    With ``hidden=()``, all rows in one batch, enough epochs and a learning rate that decays to
    zero, such a run converges to the same coefficients, and to the same zeros. For values they are
    on the standardized scale: multiply them by ``spread``. ``RidgeClassifier`` is ``loss="mse"`` on
    ``head="identity"``, with half its coefficients, since classes are 0 and 1.

    Args:
        estimator: one of ``EQUIVALENTS``, fitted or not.
        n_rows: the number of training rows.
        spread: the standard deviation of the training targets; 1 for classes and counts.

    Raises:
        OptionError: for any other estimator.

    Examples:
        >>> from sklearn.linear_model import Ridge
        >>> convert_penalty(Ridge(alpha=10.0), n_rows=400)
        {'penalty': 'l2', 'alpha': 0.05}
    """
    name = type(estimator).__name__
    if name not in EQUIVALENTS:
        raise OptionError(
            "needed a linear model of scikit-learn with a penalty that losslab has",
            got=name,
            fix=f"one of {', '.join(EQUIVALENTS)}",
        )
    return EQUIVALENTS[name].settings(estimator.get_params(), n_rows, spread)
