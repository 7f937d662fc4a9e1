"""What a scenario may say of signals, the market, made-to-order and privacy."""

import pytest

from omnisim.errors import ScenarioError
from omnisim.scenario import load_scenario


@pytest.mark.parametrize(
    ("block", "values", "told"),
    [
        ("made_to_order", {"n_options": 0}, "made_to_order.n_options"),
        ("made_to_order", {"order_share": 1.1}, "made_to_order.order_share"),
        ("made_to_order", {"lead_time_days": -1.0}, "made_to_order.lead_time_days"),
        ("made_to_order", {"n_steps": 1}, "made_to_order.n_steps"),
        ("market_panel", {"market_share": 0.0}, "market_panel.market_share"),
        ("devices", {"mobile_share": 1.2}, "devices.mobile_share"),
        ("devices", {"mobile_conversion_ratio": 0.0}, "devices.mobile_conversion_ratio"),
        (
            "devices",
            {"mobile_share": 0.8, "tablet_share": 0.3},
            "devices.mobile_share \\+ devices.tablet_share = 1.1: give at most 1",
        ),
        (
            "devices",
            {"mobile_share": 0.9, "mobile_conversion_ratio": 0.05, "web_conversion": 0.2},
            "devices.web_conversion = 0.2",
        ),
        ("privacy", {"exports_per_year": -4.0}, "privacy.exports_per_year"),
        ("privacy", {"detection_days": 0.0}, "privacy.detection_days"),
        (
            "signals",
            {"search_interest": {"lead_days": 90, "noise_sd": 0.1}},
            "signals.search_interest.lead_days",
        ),
        ("signals", {"footfall": {"lead_days": 3}}, "signals.footfall.noise_sd"),
    ],
)
def test_what_cannot_be_is_refused_by_name(block, values, told):
    with pytest.raises(ScenarioError, match=told):
        load_scenario("sample", overrides={block: values})


def test_one_signal_can_be_changed_alone():
    dials = {"social_buzz": {"lead_days": 21, "noise_sd": 0.5}}
    found = load_scenario("sample", overrides={"signals": dials}).signals
    assert found.social_buzz.lead_days == 21
    assert found.search_interest.lead_days == 10
