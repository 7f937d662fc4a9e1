import numpy as np
import pytest

from omnisim.errors import DesignError
from omnisim.risk import AnnualLoss, cell_levels, default_register, level_of, matrix_faults
from omnisim.risk.matrix import Placed, cell_probabilities

REGISTER = default_register()


@pytest.mark.parametrize(
    "share, p_above, level",
    [
        (0.0009, 0.0, 0),
        (0.001, 0.0, 1),  # an edge belongs to the step above
        (0.0049, 0.0, 1),
        (0.005, 0.0, 2),
        (0.0199, 0.0, 2),
        (0.02, 0.0, 3),
        (0.0009, 0.10, 0),  # exactly as often as accepted
        (0.0009, 0.11, 1),  # more often: one level up
        (0.5, 0.9, 3),  # there is no level above very high
    ],
)
def test_level_edges(share, p_above, level):
    assert level_of(share, p_above, REGISTER.matrix, REGISTER.appetite) == level


def test_cells_hold_the_posterior():
    loss = AnnualLoss(
        np.zeros(4),
        np.zeros(4),
        np.array([0.05, 0.5, 0.5, 400.0]),
        np.array([0.5, 0.5, 20.0, 20.0]),
    )
    cells = cell_probabilities(loss, 1000.0, REGISTER.matrix)  # severities 0.0005 and 0.02
    assert cells.sum() == pytest.approx(1.0)
    assert cells[0, 2] == cells[1, 2] == cells[1, 4] == cells[4, 4] == 0.25


def placed(key, likelihood, impact, eal):
    return Placed(key, likelihood, impact, np.full(100, float(eal)))


def test_faults_by_hand():
    risks = [
        placed("rare disaster", 0, 4, 900),  # score 5
        placed("daily nuisance", 4, 1, 100),  # score 10, yet cheaper: misranked
        placed("weekly nuisance", 4, 1, 10),  # same cell, a tenth: compressed; also misranked
        placed("true giant", 4, 4, 5000),
    ]
    faults = matrix_faults(risks)
    assert faults.n_pairs == 6
    assert set(map(tuple, faults.misranked[["costlier", "cheaper"]].to_numpy())) == {
        ("rare disaster", "daily nuisance"),
        ("rare disaster", "weekly nuisance"),
    }
    assert faults.tied[["cell", "costlier", "cheaper"]].to_numpy().tolist() == [
        ["5|2", "daily nuisance", "weekly nuisance"]
    ]
    assert faults.worst_compression == pytest.approx(10.0)


def test_an_order_nobody_knows_is_no_fault():
    noisy = Placed("a", 0, 0, np.array([1.0, 3.0] * 50))
    other = Placed("b", 4, 4, np.array([2.0, 2.0] * 50))
    faults = matrix_faults([noisy, other])
    assert len(faults.misranked) == len(faults.tied) == 0
    assert faults.worst_compression == 1.0


def test_one_risk_is_no_matrix():
    with pytest.raises(DesignError, match="at least 2"):
        matrix_faults([placed("a", 0, 0, 1)])


def test_cells_have_the_level_of_their_middle():
    levels = cell_levels(REGISTER.matrix)
    assert (len(levels), {len(row) for row in levels}) == (5, {5})
    # Rare (0.03 a year) and negligible (0.0003% of margin): 1e-7 of margin, far below 0.1%.
    assert levels[0][0] == 0
    # Frequent (1,154 a year) and critical (3.2%): beyond a year's margin, far above 2%.
    assert levels[4][4] == 3
    for row in levels:
        assert list(row) == sorted(row)
    for column in zip(*levels, strict=True):
        assert list(column) == sorted(column)
