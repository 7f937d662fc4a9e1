"""A run folder with results as notebooks write them, small enough to render in every test."""

from __future__ import annotations

import datetime as dt
import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from omnisim.figures.house import ACCENT, ALERT, house, new_figure, quiet_grid
from omnisim.language import own_memory, remember
from omnisim.notebook import Recorder
from omnisim.report import Report, write_report
from omnisim.results import Check, Estimate, Finding, Result, TruthComparison

MakeRun = Callable[..., Path]

CHINESE = Path(__file__).with_name("fixture_zh.yaml")

DATASET = SimpleNamespace(
    name="small",
    dataset_hash="9f2c" * 16,
    is_simulated=True,
    currency="USD",
    locale="en_US",
    first_date=dt.date(2025, 1, 1),
    last_date=dt.date(2025, 12, 31),
)


@pytest.fixture(scope="session")
def make_run(tmp_path_factory: pytest.TempPathFactory) -> MakeRun:
    """A factory of run folders: `questions` to include, `edit` to change each result.

    Results, tables and figures are known in Chinese, as ``fixture_zh.yaml`` says them.
    """

    def make(
        questions: tuple[str, ...] = tuple(_WRITERS),
        *,
        simulated: bool = True,
        edit: Callable[[Result], Result] | None = None,
    ) -> Path:
        folder = tmp_path_factory.mktemp("runs") / "small"
        folder.mkdir()
        dataset = SimpleNamespace(**{**vars(DATASET), "is_simulated": simulated})
        with pytest.MonkeyPatch.context() as patch, own_memory():
            patch.setenv("OMNISIM_RUN", str(folder))
            for english, chinese in yaml.safe_load(CHINESE.read_text(encoding="utf-8")).items():
                remember(english, zh=chinese)
            for name in questions:
                result = _WRITERS[name](dataset)
                if edit is not None:
                    text = edit(result).to_json()
                    (folder / "results" / f"{name}.json").write_text(text, encoding="utf-8")
        return folder

    return make


@pytest.fixture(scope="session")
def run_folder(make_run: MakeRun) -> Path:
    """All five results, with truth."""
    return make_run()


def _estimate(
    name: str, label: str, value: float, unit: str, role: str, **more: object
) -> Estimate:
    base: dict[str, object] = {
        "n": 41_520,
        "n_of": "orders",
        "method": "mean with Student interval",
        "source": "orders",
    }
    return Estimate(name=name, label=label, value=value, unit=unit, role=role, **{**base, **more})  # type: ignore[arg-type]


def _overview(dataset: SimpleNamespace) -> Result:
    out = Recorder(
        "overview",
        question="How large is the business, and how do its channels work?",
        dataset=dataset,
    )
    out.add(
        _estimate(
            "annual_net_sales",
            "Net sales per year",
            3_412_000.0,
            "USD/year",
            "descriptive",
            ci_low=3_371_000.0,
            ci_high=3_453_000.0,
        ),
        _estimate(
            "online_share",
            "Share of net sales placed outside stores",
            0.468,
            "share",
            "descriptive",
            ci_low=0.461,
            ci_high=0.475,
        ),
        _estimate(
            "aov",
            "Average order value",
            82.2,
            "USD/order",
            "descriptive",
            ci_low=81.4,
            ci_high=83.0,
        ),
        _estimate(
            "repeat_rate",
            "Repeat purchase rate",
            0.412,
            "share",
            "descriptive",
            ci_low=0.403,
            ci_high=0.421,
            n=11_204,
            n_of="accounts",
        ),
        _estimate(
            "nps",
            "Net promoter score",
            21.4,
            "points",
            "descriptive",
            ci_low=18.9,
            ci_high=23.9,
            n=5_120,
            n_of="answers",
        ),
        _estimate(
            "sync_error",
            "Stock sync error",
            0.034,
            "share",
            "descriptive",
            ci_low=0.031,
            ci_high=0.037,
            n=2_880,
            n_of="audits",
        ),
        _estimate(
            "stock_out_rate",
            "Stock-out rate",
            0.052,
            "share",
            "descriptive",
            ci_low=0.046,
            ci_high=0.058,
            n=72_000,
            n_of="location-days",
        ),
        _estimate(
            "account_order_share",
            "Orders that carry an account",
            0.71,
            "share",
            "descriptive",
            ci_low=0.70,
            ci_high=0.72,
        ),
    )
    with house():
        figure, axes = new_figure(3.0)
        weeks = np.arange(52)
        axes.plot(weeks, 60 + 8 * np.sin(weeks / 6) + 0.2 * weeks)
        axes.set_ylabel("USD thousand per week")
        quiet_grid(axes, axis="y")
        out.figure(
            "sales",
            figure,
            title="Sales grew through the year and peaked in November",
            subtitle="Net sales per week, USD thousand",
            alt="Line of weekly net sales that rises over the year and peaks in week 47.",
            source="orders",
            n=41_520,
            n_of="orders",
        )
    out.table(
        "maturity",
        pd.DataFrame(
            {
                "Domain": [
                    "D1 Customer identity",
                    "D3 Inventory and fulfilment",
                    "D4 Marketing and measurement",
                ],
                "Proven by data": ["2 managed", "2 managed", "1 initial"],
                "Still possible": ["5 optimised", "2 managed", "5 optimised"],
                "Held back by": [
                    "nothing measured",
                    "Stock sync error 3.40%, at most 3.70% with 95% confidence",
                    "nothing measured",
                ],
                "To be asked next": [
                    "pairwise recall at least 0.90 and precision at least 0.95 on a labelled sample",
                    "nothing",
                    "channel cost and revenue reconciled to finance within 5%",
                ],
            }
        ),
        title="Inventory holds maturity back: recorded and counted stock differ too much",
        subtitle="Level proven by the tables and level interviews could still show, of 5",
        alt="Table of maturity by domain.",
        source="all tables",
        n=3,
        n_of="domains",
    )
    out.add(
        Check(
            name="ids",
            label="Order ids are unique",
            passed=True,
            is_gate=True,
            sentence="All 41,520 order ids occur once.",
        ),
        Check(
            name="untracked",
            label="Orders without identity",
            passed=False,
            sentence="9.1% of orders carry no identity; 5% are allowed.",
            value=0.091,
            threshold=0.05,
        ),
    )
    out.add(
        Finding(
            headline="Recorded stock is wrong for one item in thirty",
            finding="Counted stock differs from recorded stock by 3.40% (95% interval 3.10% to 3.70%) in 2,880 audits.",
            so_what="Online orders are promised against stock that is not there.",
            recommendation="Count the fast-moving tenth of items weekly and repair the store feed.",
            value_name="sync_error",
            owner_role="Head of supply chain",
            effort="medium",
            confidence="high",
            confidence_why="All audits of the year were read.",
            horizon="now",
        )
    )
    out.method("Measures follow one definition each, written beside the table (kpis.yaml).")
    out.assume("Cancelled orders are not sales.")
    out.limit("Season is not adjusted.")
    return out.finish(
        "The retailer sells USD 3.41 million a year (95% interval USD 3.37 million to USD 3.45 million), "
        "46.8% of it outside stores; stock records are its weakest point."
    )


def _attribution(dataset: SimpleNamespace) -> Result:
    out = Recorder(
        "attribution", question="Which channels touch and carry the sales?", dataset=dataset
    )
    channels = [
        "retargeting",
        "brand_search",
        "email",
        "paid_social",
        "organic_search",
        "store_visit",
    ]
    credit = [0.31, 0.22, 0.14, 0.13, 0.12, 0.08]
    for name, share in zip(channels[:3], credit[:3], strict=True):
        out.add(
            _estimate(
                f"credit_{name}",
                f"{name.replace('_', ' ').capitalize()}, last touch",
                share * 3.4e6,
                "USD",
                "credit",
                n=29_114,
                n_of="journeys",
                method="last touch",
                source="touchpoints, orders",
                note="All journeys of the period are counted.",
            )
        )
    out.add(
        _estimate(
            "incremental_retargeting",
            "Incremental sales of retargeting",
            212_000.0,
            "USD",
            "incremental",
            ci_low=64_000.0,
            ci_high=360_000.0,
            n=19_870,
            n_of="customers",
            source="orders, experiment_assignments",
        )
    )
    with house():
        figure, axes = new_figure(3.0)
        axes.barh(channels[::-1], credit[::-1], color=[ACCENT] * 5 + [ALERT])
        quiet_grid(axes)
        out.figure(
            "credit",
            figure,
            title="Retargeting collects the most last-touch credit",
            subtitle="Share of credited net sales by channel, last touch, %",
            alt="Bars of credit by channel, retargeting first with 31 percent.",
            source="touchpoints, orders",
            n=29_114,
            n_of="journeys",
        )
    out.table(
        "models",
        pd.DataFrame(
            {
                "Channel": channels,
                "Last touch": credit,
                "First touch": credit[::-1],
                "Linear": [0.2, 0.19, 0.18, 0.16, 0.15, 0.12],
                "Removal effect": [0.11, 0.12, 0.2, 0.21, 0.2, 0.16],
                "Spread, points": [20.0, 10.0, 6.0, 8.0, 8.0, 23.0],
            }
        ),
        title="The rules disagree most about retargeting and store visits",
        subtitle="Share of credited net sales by rule",
        alt="Table of credit by channel and rule.",
        source="touchpoints, orders",
        n=29_114,
        n_of="journeys",
        note="Credit says who touched, not who caused.",
    )
    out.add(
        Finding(
            headline="Retargeting is paid for sales that come anyway",
            finding="Retargeting collects 31.0% of last-touch credit over 29,114 journeys, and 11.0% by removal effect.",
            so_what="A budget that follows last-touch credit buys reach among people who were about to buy.",
            recommendation="Hold retargeting out for one tenth of customers for eight weeks before renewing its budget.",
            value_name="credit_retargeting",
            owner_role="Head of performance marketing",
            effort="low",
            confidence="medium",
            confidence_why="The rules agree on the order but not on the size; no experiment varied the channel.",
            horizon="now",
        )
    )
    out.add(
        Check(
            name="untracked",
            label="Share of orders with a journey",
            passed=True,
            sentence="70.1% of orders have a journey; 50% are needed.",
            value=0.701,
            threshold=0.5,
        )
    )
    out.add(
        TruthComparison(
            name="retargeting",
            label="Retargeting, net sales over the year",
            estimate=1_054_000.0,
            truth=198_000.0,
            truth_std_error=9_000.0,
            unit="USD",
            semantics="ghost",
        )
    )
    out.method("Markov chain of order 1 with exact removal effects (Anderl et al., 2016).")
    out.assume("A touch within 30 days before an order belongs to its journey.")
    out.limit("Credit cannot tell causes from company.")
    return out.finish("Retargeting and brand search close most journeys; credit is not effect.")


def _ab_test(dataset: SimpleNamespace) -> Result:
    out = Recorder("ab_test", question="Does the personalised home page pay?", dataset=dataset)
    customers = {"n": 19_870, "n_of": "customers", "source": "orders, experiment_assignments"}
    out.add(
        _estimate(
            "effect_net_amount",
            "Effect on net sales per customer",
            3.1,
            "USD/customer",
            "incremental",
            ci_low=0.8,
            ci_high=5.4,
            **customers,
        ),
        _estimate(
            "sales_per_year",
            "Net sales a year if all assigned customers get it",
            248_000.0,
            "USD/year",
            "incremental",
            ci_low=64_000.0,
            ci_high=432_000.0,
            **customers,
        ),
    )
    with house():
        figure, axes = new_figure(2.2)
        axes.errorbar([3.8, 1.1, 0.4], [2, 1, 0], xerr=[2.6, 1.2, 1.5], fmt="o", color=ACCENT)
        axes.set_yticks([2, 1, 0], ["Net sales", "Orders", "Returns"])
        axes.axvline(0, color="#6B7A8F", lw=0.8)
        out.figure(
            "forest",
            figure,
            title="Sales rise and no guardrail falls",
            subtitle="Difference to control, % of control, with 95% interval",
            alt="Three intervals; net sales lies right of zero, the others include zero.",
            source="orders, experiment_assignments",
            n=19_870,
            n_of="customers",
        )
    out.add(
        Check(
            name="srm",
            label="Sample ratio",
            passed=True,
            is_gate=True,
            sentence="9,941 and 9,929 customers; p = 0.93, needed above 0.001.",
            value=0.93,
            threshold=0.001,
        ),
        Finding(
            headline="Personalised home page sells more, and the test proves it",
            finding="Over 42 days and 19,870 randomly assigned customers, net sales per customer changed by USD 3.10 per customer (95% interval USD 0.80 to USD 5.40).",
            so_what="For all assigned customers this is USD 248,000 a year (95% interval USD 64,000 to USD 432,000), if the effect lasts.",
            recommendation="Give the page to everybody, keep five percent of customers without it for three months, and read the effect again for fading novelty.",
            value_name="sales_per_year",
            owner_role="Head of e-commerce",
            effort="low",
            confidence="high",
            confidence_why="Randomised, all validity gates hold, and the interval leaves out zero.",
            horizon="now",
        ),
        TruthComparison(
            name="page",
            label="Personalised home page, net sales",
            estimate=3.1,
            truth=2.7,
            truth_std_error=0.1,
            unit="USD/customer",
            semantics="all_minus_none",
            ci_low=0.8,
            ci_high=5.4,
        ),
    )
    out.method("Difference in means with the pre-period as covariate (Deng et al., 2013).")
    out.assume("One customer's variant does not change another customer's purchases.")
    out.limit("The test ran in autumn; the effect of other seasons may differ.")
    return out.finish(
        "Yes: the page added USD 3.10 per customer (95% interval USD 0.80 to USD 5.40) in 42 days."
    )


def _effect_evaluation(dataset: SimpleNamespace) -> Result:
    out = Recorder(
        "effect_evaluation", question="What did click-and-collect cause?", dataset=dataset
    )
    stores = {"n": 832, "n_of": "store-weeks", "source": "orders, rollout_units"}
    out.add(
        _estimate(
            "att_group_time",
            "Effect of click-and-collect, group-time",
            410.0,
            "USD/store-week",
            "incremental",
            ci_low=120.0,
            ci_high=700.0,
            **stores,
        ),
        _estimate(
            "att_twfe",
            "Effect of click-and-collect, two-way fixed effects",
            1_260.0,
            "USD/store-week",
            "incremental",
            ci_low=900.0,
            ci_high=1_620.0,
            **stores,
        ),
        _estimate(
            "value_per_year",
            "Sales a year if all stores get it",
            511_000.0,
            "USD/year",
            "incremental",
            ci_low=150_000.0,
            ci_high=873_000.0,
            **stores,
        ),
    )
    with house():
        figure, axes = new_figure(2.8)
        weeks = np.arange(-6, 9)
        axes.errorbar(
            weeks, np.where(weeks < 0, 0, 60 * (weeks + 1)), yerr=140, fmt="o-", color=ACCENT
        )
        axes.set_xlabel("Weeks since start")
        out.figure(
            "event_study",
            figure,
            title="Nothing moves before the start; the effect grows with use",
            subtitle="Effect on net sales, USD per store-week, with 95% interval",
            alt="Points near zero before week 0 and rising after it.",
            source="orders, rollout_units",
            n=832,
            n_of="store-weeks",
        )
    out.add(
        Check(
            name="pretrend",
            label="Parallel trends before the start",
            passed=True,
            is_gate=True,
            sentence="No pre-period estimate differs from zero (p = 0.41).",
        ),
        Finding(
            headline="Click-and-collect adds sales, a third of what before-and-after shows",
            finding="Treated stores gain USD 410 per store-week (95% interval USD 120 to USD 700) over 832 store-weeks.",
            so_what="The pilots were chosen after bad weeks, so a simple before-and-after counts their recovery as effect.",
            recommendation="Roll out to all stores in waves drawn by lot, so that the next reading needs no correction.",
            value_name="value_per_year",
            owner_role="Head of stores",
            effort="high",
            confidence="medium",
            confidence_why="Trends before the start are parallel, but few stores remain untreated.",
            horizon="next",
        ),
    )
    out.method("Group-time effects against not-yet-treated stores (Callaway and Sant'Anna, 2021).")
    out.assume("Without the roll-out, treated and waiting stores would have moved alike.")
    out.limit("Sales moved from store to web inside a catchment cancel out.")
    return out.finish(
        "Click-and-collect added USD 410 per store-week (95% interval USD 120 to USD 700)."
    )


def _risk(dataset: SimpleNamespace) -> Result:
    out = Recorder(
        "risk", question="Which risks matter, and what may they cost in a year?", dataset=dataset
    )
    out.add(
        _estimate(
            "annual_loss",
            "Expected annual loss of eight risks",
            186_000.0,
            "USD/year",
            "risk",
            ci_low=121_000.0,
            ci_high=287_000.0,
            n=8,
            n_of="risks",
            source="all tables",
        ),
        _estimate(
            "stock_out_loss",
            "Expected annual loss to stock-outs",
            92_000.0,
            "USD/year",
            "risk",
            ci_low=61_000.0,
            ci_high=140_000.0,
            n=72_000,
            n_of="location-days",
            source="inventory_snapshots",
        ),
    )
    with house():
        figure, axes = new_figure(2.8)
        loss = np.linspace(0, 500, 60)
        axes.plot(loss, np.exp(-loss / 160))
        axes.set_xlabel("Annual loss, USD thousand")
        axes.set_ylabel("Probability of more")
        out.figure(
            "exceedance",
            figure,
            title="One year in ten costs more than USD 360 thousand",
            subtitle="Probability that the yearly loss exceeds an amount",
            alt="Falling curve of exceedance probability.",
            source="Monte Carlo of the register",
            n=10_000,
            n_of="simulated years",
        )
    out.table(
        "register",
        pd.DataFrame(
            {
                "Risk": [
                    "Stock-out",
                    "Oversell from sync error",
                    "Late fulfilment",
                    "Outage at peak",
                ],
                "Likelihood": ["5 almost certain", "4 likely", "3 possible", "2 unlikely"],
                "Impact": ["4 major", "2 minor", "2 minor", "4 major"],
                "Level": ["very high", "medium", "medium", "high"],
                "Events per year": [412.0, 133.5, 61.0, 0.8],
                "Expected loss, USD a year": [92_000.0, 14_100.0, 6_150.0, 41_000.0],
                "Owner": [
                    "Head of supply chain",
                    "Head of e-commerce",
                    "Head of logistics",
                    "Head of technology",
                ],
            }
        ),
        title="Stock-outs are the only risk that is both frequent and costly",
        subtitle="Register of risks, five steps of likelihood and impact",
        alt="Table of the risk register.",
        source="all tables",
        n=4,
        n_of="risks",
    )
    out.add(
        Finding(
            headline="Stock-outs cost more than all other risks together",
            finding="Stock-outs lose USD 92,000 a year (95% interval USD 61,000 to USD 140,000), seen in 72,000 location-days.",
            so_what="Demand that meets an empty shelf goes to competitors, and most of it is for a few items.",
            recommendation="Serve online demand from store stock where the centre is empty, starting with the top hundred items.",
            value_name="stock_out_loss",
            owner_role="Head of supply chain",
            effort="medium",
            confidence="medium",
            confidence_why="Frequency is counted, severity rests on in-stock days.",
            horizon="next",
        )
    )
    out.method(
        "Poisson frequency and log-normal severity per risk, summed over 10,000 simulated years."
    )
    out.assume("Risks occur independently of each other.")
    out.limit("Losses of reputation are not counted.")
    return out.finish(
        "Eight risks cost USD 186,000 a year (95% interval USD 121,000 to USD 287,000); stock-outs lead."
    )


_WRITERS: dict[str, Callable[[SimpleNamespace], Result]] = {
    "overview": _overview,
    "attribution": _attribution,
    "ab_test": _ab_test,
    "effect_evaluation": _effect_evaluation,
    "risk": _risk,
}


@pytest.fixture(scope="session")
def rendered(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The full report of all five results, rendered once."""
    return write_report(
        run_folder, out=tmp_path_factory.mktemp("report") / "small", engine="embedded"
    )


@pytest.fixture(scope="session")
def samples() -> Any:
    """Executed notebooks, as functions of ``notebook_samples.py``."""
    file = Path(__file__).with_name("notebook_samples.py")
    spec = importlib.util.spec_from_file_location("notebook_samples", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def rendered_chinese(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The Chinese client assessment in every format, with the embedded engine."""
    return write_report(
        run_folder, out=tmp_path_factory.mktemp("zh") / "report", lang="zh", engine="embedded"
    )
