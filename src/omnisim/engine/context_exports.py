"""Exports of customers' records that nobody was entitled to, and complaints about privacy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omnisim.rng import N_BINS, Stream, lognormal_table, uniform_block
from omnisim.scenario import Scenario
from omnisim.timeline import SECONDS_PER_DAY

IntArray = NDArray[np.int64]
INSIDER, STOLEN = 0, 1
MAX_ACCESSES = 4  # of one export
_HOUR = 3_600
# An insider mostly stays late, a stolen account is used at night: first hour and length of the window.
_WINDOW = {INSIDER: (17.0, 6.5), STOLEN: (0.0, 5.0)}
_WAIT_SIGMA = 0.8  # log-sd of days until somebody notices
_AFTER_EXPORT = 0.5  # complaints that follow a noticed export, of those that could
_COMPLAINT_WINDOW = 30  # days after an export was noticed in which they come


@dataclass(frozen=True, slots=True, eq=False)
class Exports:
    """Unlawful exports in the order in which they were drawn.

    Attributes
    ----------
    start : array, shape (n,)
        First access, seconds since day 0.
    noticed : array, shape (n,)
        When somebody noticed, seconds; the end of the horizon or later where nobody did.
    kind : array, shape (n,)
        :data:`INSIDER` or :data:`STOLEN`.
    account : array, shape (n,)
        A uniform that picks the staff account.
    n_accesses : array, shape (n,)
        Accesses it took, 1 to 4.
    share : array, shape (n,)
        Customers' records taken with each access [share of all].
    """

    start: IntArray
    noticed: IntArray
    kind: IntArray
    account: NDArray[np.float64]
    n_accesses: IntArray
    share: NDArray[np.float64]


def build_exports(scenario: Scenario) -> Exports:
    """Draw the exports of a scenario."""
    plan, n_days = scenario.privacy, scenario.horizon.n_days
    n = round(plan.exports_per_year * n_days / 365) if plan.is_on else 0
    u = uniform_block(scenario.seed, np.arange(n), stream=Stream.EXPORT)
    v = uniform_block(scenario.seed, np.arange(n), stream=Stream.EXPORT, step=1)
    kind = np.where(u[:, 1] < plan.insider_share, INSIDER, STOLEN)
    first = np.array([_WINDOW[INSIDER][0], _WINDOW[STOLEN][0]])[kind]
    length = np.array([_WINDOW[INSIDER][1], _WINDOW[STOLEN][1]])[kind]
    second = ((first + length * u[:, 2]) * _HOUR).astype(np.int64)
    start = (u[:, 0] * n_days).astype(np.int64) * SECONDS_PER_DAY + second
    end = n_days * SECONDS_PER_DAY
    days = plan.detection_days * lognormal_table(_WAIT_SIGMA)[(v[:, 1] * N_BINS).astype(np.int64)]
    noticed = start + (days * SECONDS_PER_DAY).astype(np.int64) + _HOUR
    return Exports(
        start=start,
        noticed=np.where(v[:, 0] < plan.detected_share, noticed, end),
        kind=kind,
        account=u[:, 3],
        n_accesses=1 + (v[:, 2] * MAX_ACCESSES).astype(np.int64),
        share=0.1 + 0.5 * v[:, 3],
    )


def privacy_incidents(scenario: Scenario) -> tuple[IntArray, IntArray]:
    """Windows [s] of the exports that were noticed, and of privacy complaints, each shape (n, 2)."""
    exports = build_exports(scenario)
    end = scenario.horizon.n_days * SECONDS_PER_DAY
    seen = exports.noticed < end
    leaks = np.stack([exports.start[seen], exports.noticed[seen]], axis=1)
    return leaks, _complaints(scenario, exports.noticed[seen])


def _complaints(scenario: Scenario, noticed: IntArray) -> IntArray:
    """Complaints; where exports have become known, part of them follows."""
    plan, n_days = scenario.privacy, scenario.horizon.n_days
    if not plan.is_on:
        return np.zeros((0, 2), np.int64)
    mean = plan.complaints_per_100k * scenario.population.n_customers / 100_000 * n_days / 365
    lot = uniform_block(scenario.seed, np.zeros(1, np.int64), stream=Stream.COMPLAINT)[0, 0]
    n = int(mean + lot)
    u = uniform_block(scenario.seed, np.arange(1, n + 1), stream=Stream.COMPLAINT)
    start = (u[:, 0] * n_days * SECONDS_PER_DAY).astype(np.int64)
    if noticed.size:
        cause = noticed[(u[:, 1] / _AFTER_EXPORT * noticed.size).astype(np.int64) % noticed.size]
        later = cause + (u[:, 0] * _COMPLAINT_WINDOW * SECONDS_PER_DAY).astype(np.int64)
        start = np.where(u[:, 1] < _AFTER_EXPORT, later, start)
    days = plan.complaint_days * lognormal_table(0.6)[(u[:, 2] * N_BINS).astype(np.int64)]
    end = n_days * SECONDS_PER_DAY
    closed = np.minimum(start + (days * SECONDS_PER_DAY).astype(np.int64) + 1, end)
    happened = start < end
    return np.stack([start, closed], axis=1)[happened]
