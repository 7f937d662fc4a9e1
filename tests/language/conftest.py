import pytest

from omnisim.results import Estimate


@pytest.fixture
def estimate():
    return Estimate(
        name="share",
        label="Share",
        value=0.12,
        unit="share",
        role="descriptive",
        n=9,
        n_of="orders",
        method="count",
        source="orders",
        ci_low=0.1,
        ci_high=0.14,
    )
