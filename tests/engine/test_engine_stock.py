"""Stock agrees with sales and availability on every day, by hand and in general."""

import numpy as np
import pytest

from omnisim.engine.stock import _account
from omnisim.world.availability import IS_COUNTED, IS_WRONG, ON_SHELF, ON_SYSTEM

IN_STOCK = ON_SHELF | ON_SYSTEM


def account(sold, flags, cover=14):
    sold = np.array(sold, np.int32)[None, None, :]
    flags = np.array(flags, np.uint8)[None, None, :]
    rows, audits = np.zeros((200, 8), np.int32), np.zeros((200, 5), np.int32)
    n, n_audits = _account(np.uint64(1), 0, sold, flags, cover, rows, audits)
    return rows[:n], audits[:n_audits]


def test_by_hand():
    # three days in stock, out on the fourth, back on the fifth
    rows, _ = account([2, 0, 1, 0, 4], [IN_STOCK, IN_STOCK, IN_STOCK, 0, IN_STOCK])
    # day, location, sku, received, sold, adjusted, on hand, out
    assert rows.tolist() == [
        [0, 0, 0, 3, 2, 0, 1, 0],  # only the sales until the stock-out are delivered
        [2, 0, 0, 0, 1, 0, 0, 0],
        [3, 0, 0, 0, 0, 0, 0, 1],
        [4, 0, 0, 6, 4, 0, 2, 0],  # the day's sales and a buffer of two
    ]


@pytest.mark.parametrize("seed", range(5))
def test_stock_is_never_negative_and_nothing_is_left_when_out(seed):
    rng = np.random.default_rng(seed)
    flags = np.where(rng.random(120) < 0.1, 0, IN_STOCK)
    sold = np.where(flags > 0, rng.poisson(1.5, 120), 0)
    rows, _ = account(sold, flags, cover=int(rng.integers(1, 30)))
    on_hand = 0
    for _, _, _, received, taken, adjusted, left, out in rows.tolist():
        on_hand += received - taken + adjusted
        assert left == on_hand >= 0
        if out:
            assert left == 0
    assert rows[:, 4].sum() == sold.sum()


def test_audits_show_the_error_only_where_the_system_is_wrong():
    flags = [
        IN_STOCK | IS_COUNTED,
        IN_STOCK | IS_COUNTED | IS_WRONG,
        ON_SYSTEM | IS_WRONG | IS_COUNTED,
    ]
    _, audits = account([1, 1, 0], flags)
    shown, counted = audits[:, 3], audits[:, 4]
    assert shown[0] == counted[0]
    assert shown[1] != counted[1]
    assert (shown[2], counted[2]) == (shown[2], 0)
    assert shown[2] > 0  # the system offers what is not there: an oversell
