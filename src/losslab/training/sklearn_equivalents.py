"""Penalties of scikit-learn's linear models as settings of runs."""

from collections.abc import Callable, Mapping
from typing import Any

from losslab.core.errors import OptionError

RunSettings = dict[str, Any]


# ``n`` is the number of rows, ``s`` the standard deviation of the targets: losslab trains values on
# the standardized scale. Formulas have scikit-learn's ``a`` and ``r``, and losslab's alpha and rho.


def _convert_ridge(given: Mapping[str, Any], n: int, s: float) -> RunSettings:
    r"""Convert ``Ridge`` and ``RidgeClassifier``, whose targets are 1 and -1.

    Formula:
        .. math:: \sum (y - z)^2 + a\,|w|_2^2, \qquad \alpha = 2 a / n
    """
    return {"penalty": "l2", "alpha": 2.0 * float(given["alpha"]) / n}


def _convert_lasso(given: Mapping[str, Any], n: int, s: float) -> RunSettings:
    r"""Convert ``Lasso``.

    Formula:
        .. math:: \tfrac{1}{2n} \sum (y - z)^2 + a\,|w|_1, \qquad \alpha = 2 a / s
    """
    return {"penalty": "l1", "alpha": 2.0 * float(given["alpha"]) / s}


def _convert_elastic_net(given: Mapping[str, Any], n: int, s: float) -> RunSettings:
    r"""Convert ``ElasticNet``.

    Formula:
        .. math:: \tfrac{1}{2n} \sum (y - z)^2 + a\,(r |w|_1 + \tfrac{1 - r}{2} |w|_2^2),
            \qquad \alpha \rho = 2 a r / s, \quad \alpha (1 - \rho) = 2 a (1 - r)
    """
    l1 = 2.0 * given["alpha"] * given["l1_ratio"] / s
    l2 = 2.0 * given["alpha"] * (1.0 - given["l1_ratio"])
    ratio = l1 / (l1 + l2) if l1 + l2 else 0.5
    return {"penalty": "elastic_net", "alpha": l1 + l2, "penalty_params": {"l1_ratio": ratio}}


def _convert_logistic(given: Mapping[str, Any], n: int, s: float) -> RunSettings:
    r"""Convert ``LogisticRegression``.

    Formula:
        .. math:: C \sum \ell(y, z) + r |w|_1 + \tfrac{1 - r}{2} |w|_2^2, \qquad
            \alpha = 1 / (n C), \quad \rho = r
    """
    # Until scikit-learn 1.8 the name of the penalty decides.
    ratio = {"l1": 1.0, "l2": 0.0}.get(
        given.get("penalty", ""), float(given.get("l1_ratio") or 0.0)
    )
    settings: RunSettings = {"penalty": "elastic_net", "alpha": 1.0 / (n * float(given["C"]))}
    if ratio in (0.0, 1.0):
        return settings | {"penalty": "l1" if ratio else "l2"}
    return settings | {"penalty_params": {"l1_ratio": ratio}}


def _convert_poisson(given: Mapping[str, Any], n: int, s: float) -> RunSettings:
    r"""Convert ``PoissonRegressor``.

    Formula:
        .. math:: \tfrac{1}{2n} \sum \mathrm{deviance}(y, z) + \tfrac{a}{2} |w|_2^2, \qquad
            \alpha = a
    """
    return {"penalty": "l2", "alpha": float(given["alpha"])}


EQUIVALENTS: dict[str, Callable[[Mapping[str, Any], int, float], RunSettings]] = {
    "Ridge": _convert_ridge,
    "RidgeClassifier": _convert_ridge,
    "Lasso": _convert_lasso,
    "ElasticNet": _convert_elastic_net,
    "LogisticRegression": _convert_logistic,
    "PoissonRegressor": _convert_poisson,
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
    return EQUIVALENTS[name](estimator.get_params(), n_rows, spread)
