"""Customers who wait on disk between two weeks: little room is taken, and its lack is told."""

import errno

import numpy as np
import pytest

from omnisim.engine import blocks, build_plan, coupling
from omnisim.errors import StorageError
from omnisim.executor import ThreadExecutor
from omnisim.world import build_world

from .conftest import N, small_scenario


@pytest.fixture(scope="module")
def coupled_world():
    return build_world(small_scenario(interference={"is_on": True}))


def settled(world):
    return coupling.settle(world, build_plan(world), blocks(N), ThreadExecutor(1))


def test_a_full_disk_is_named(coupled_world, monkeypatch):
    def full(file, _state):
        raise OSError(errno.ENOSPC, "No space left on device", str(file))

    monkeypatch.setattr(np, "save", full)
    told = r"0\.npy: cannot keep customers between two weeks: No space left on device"
    with pytest.raises(StorageError, match=told):
        settled(coupled_world)


def test_the_trial_is_off_the_disk_before_the_run(coupled_world, monkeypatch):
    save, there = np.save, []

    def spied(file, state):
        save(file, state)
        there.append(len(list(file.parent.parent.glob("*/*.npy"))))

    monkeypatch.setattr(np, "save", spied)
    settled(coupled_world)
    assert there == [1, 1]  # one block: of the trial, then of the run
