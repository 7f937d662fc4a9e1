import threading
import time

import pytest

from omnisim.errors import DesignError
from omnisim.executor import IN_FLIGHT_PER_WORKER, ThreadExecutor


@pytest.mark.parametrize("workers", [1, 3])
def test_answers_come_in_the_items_order(workers):
    def slow_when_even(item):
        time.sleep(0.01 * (item % 2 == 0))
        return item * item

    found = list(ThreadExecutor(workers).map(slow_when_even, range(10)))
    assert found == [i * i for i in range(10)]


def test_few_items_are_taken_ahead():
    taken = []

    def items():
        for item in range(100):
            taken.append(item)
            yield item

    answers = ThreadExecutor(2).map(str, items())
    next(answers)
    assert len(taken) == 2 * IN_FLIGHT_PER_WORKER
    answers.close()


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("trouble", [ValueError, KeyboardInterrupt])
def test_trouble_reaches_the_caller_and_the_rest_never_begins(workers, trouble):
    begun = []

    def fail_on_third(item):
        begun.append(item)
        if item == 2:
            raise trouble("third")
        time.sleep(0.01)

    with pytest.raises(trouble):
        list(ThreadExecutor(workers).map(fail_on_third, range(1000)))
    assert len(begun) < 20


def test_interrupting_the_caller_cancels_what_has_not_begun():
    begun, gate = [], threading.Event()

    def wait(item):
        begun.append(item)
        gate.wait(5)
        return item

    def items():
        yield from range(3)
        gate.set()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(ThreadExecutor(2).map(wait, items()))
    assert begun == [0, 1]


def test_no_worker_is_refused():
    with pytest.raises(DesignError, match="workers = 0"):
        ThreadExecutor(0)
