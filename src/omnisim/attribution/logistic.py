"""Logistic regression on weighted or grouped rows, by Newton's method."""

from __future__ import annotations

import numpy as np

from omnisim.attribution.columns import FloatArray

_MOST_STEPS = 50
_TOLERANCE = 1e-7  # of the Newton step, in log-odds
_RIDGE = 1e-3  # rows' worth of doubt: keeps separated columns finite


def fit_logistic(
    x: FloatArray, y: FloatArray, n: FloatArray
) -> tuple[FloatArray, FloatArray, bool]:
    """Newton's method on the binomial likelihood with a slight ridge (not on the intercept).

    Parameters
    ----------
    x : array, shape (n_rows, n_columns)
        Features; the first column is the intercept.
    y, n : array, shape (n_rows,)
        Successes and trials of each row, or their weights; some of each kind.

    Returns
    -------
    tuple
        Coefficients, inverse of the curvature, and whether the steps came to rest.
    """
    ridge = np.full(x.shape[1], _RIDGE)
    ridge[0] = 0.0
    beta = np.zeros(x.shape[1])
    beta[0] = np.log(y.sum() / (n.sum() - y.sum()))
    converged = False
    for _ in range(_MOST_STEPS):
        chance = logistic(x @ beta)
        curve = (x * (n * chance * (1 - chance))[:, None]).T @ x + np.diag(ridge + 1e-12)
        step = np.linalg.solve(curve, x.T @ (y - n * chance) - ridge * beta)
        beta = beta + np.clip(step, -2.0, 2.0)  # a longer stride overshoots when hardly any buy
        if np.abs(step).max() < _TOLERANCE:
            converged = True
            break
    chance = logistic(x @ beta)
    curve = (x * (n * chance * (1 - chance))[:, None]).T @ x + np.diag(ridge + 1e-12)
    return beta, np.asarray(np.linalg.inv(curve), dtype=np.float64), converged


def logistic(score: FloatArray) -> FloatArray:
    """``1 / (1 + exp(-score))``, without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(score / 2)))
