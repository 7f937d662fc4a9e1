"""Processes: answers in order, trouble told, one that dies is replaced.

What runs in them is Python's own `eval`: a function of a test file cannot be imported there.
"""

from __future__ import annotations

import pytest

from omnisim.errors import DesignError, SchedulerError
from omnisim.executor import open_executor
from omnisim.executor.processes import MAX_DEATHS, ProcessExecutor


def test_answers_come_in_the_items_order():
    with ProcessExecutor(2) as executor:
        items = [f"__import__('time').sleep({0.05 * (k % 2 == 0)}) or {k} ** 2" for k in range(7)]
        assert list(executor.map(eval, items)) == [k * k for k in range(7)]


def test_a_process_that_dies_is_replaced_and_its_item_done_again(tmp_path):
    # the first who finds no mark leaves one and ends its process without a word
    mark = str(tmp_path / "died")
    die = f"open({mark!r}, 'x') and __import__('os')._exit(1)"
    once = f"3 if __import__('os').path.exists({mark!r}) else ({die})"
    with ProcessExecutor(2) as executor:
        assert list(executor.map(eval, ["0", "1", "2", once, "4", "5", "6"])) == list(range(7))
    assert (tmp_path / "died").exists()


def test_dying_again_and_again_is_an_error():
    told = f"died {MAX_DEATHS} times in a row; is there too little memory"
    with ProcessExecutor(1) as executor, pytest.raises(SchedulerError, match=told):
        list(executor.map(eval, ["__import__('os')._exit(1)"]))


def test_an_exception_reaches_the_caller():
    with ProcessExecutor(1) as executor, pytest.raises(ZeroDivisionError):
        list(executor.map(eval, ["1", "1 / 0", "2"]))


def test_what_cannot_be_is_refused():
    with pytest.raises(DesignError, match="workers = 0"):
        ProcessExecutor(0)
    with pytest.raises(SchedulerError, match="give threads, processes, local or the address"):
        open_executor("hadoop")
