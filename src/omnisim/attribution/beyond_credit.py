"""Beside credit: what a new customer costs, what the next unit of spend is credited with, and cause.

Tables in the reader's words. Credited and incremental money are never in one column.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from omnisim.attribution.calibrate import Calibration, calibrate
from omnisim.attribution.credit_table import DEFAULT_MODELS
from omnisim.attribution.incremental import GFormula, Incremental, incremental
from omnisim.attribution.marginal import LEAST_WEEKS, marginal_returns
from omnisim.attribution.readout import Readout
from omnisim.attribution.returns import credited_acquisition
from omnisim.errors import DesignError
from omnisim.language import join_texts, say, say_as
from omnisim.results import Estimate, format_number

CAUSE_NOTE = (
    "Credited: who touched. Incremental: caused, if contacts did not follow an intention to buy, given "
    "the person's history; in most shops they do, and only tests settle it."
)
_READINGS = {
    "saturating": "below the average: saturating",
    "rising": "above the average",
    "open": "not told apart from the average",
    "no variation": "spend hardly varies: not known",
}


def acquisition_table(
    readout: Readout,
    media_costs: pd.DataFrame,
    *,
    rng: np.random.Generator,
    n_replicates: int = 200,
) -> pd.DataFrame:
    """Credited acquisition cost per paid channel by the main model, largest spend first.

    Empty without media costs, or when no first order has a contact.
    """
    first = readout.journeys.to_first_orders()
    if readout.returns is None or first.n_tracked_conversions == 0:
        return pd.DataFrame()
    models = tuple(m for m in DEFAULT_MODELS if m.name in (readout.main, readout.contrast))
    frame = credited_acquisition(
        readout.journeys,
        models,
        media_costs,
        rng=rng,
        n_replicates=n_replicates,
        level=readout.level,
    )
    by_model = {name: part.set_index("channel") for name, part in frame.groupby("model")}
    main, other = by_model[readout.main], by_model[readout.contrast]
    order = main["media_cost"].sort_values(ascending=False, kind="stable").index
    main, other = main.loc[order], other.loc[order]
    unit, contrast = readout.currency, readout.model_label(readout.contrast)
    return pd.DataFrame(
        {
            "Channel": [readout.label(name) for name in order],
            say("Media spend ({unit})", unit=unit): main["media_cost"].to_numpy(),
            "New customers credited": main["new_customers"].to_numpy(),
            _cost_of_new(unit): main["credited_cac"].to_numpy(),
            say_as("interval", "Low"): main["credited_cac_low"].to_numpy(),
            say_as("interval", "High"): main["credited_cac_high"].to_numpy(),
            say("{model} ({unit})", model=contrast, unit=unit): other["credited_cac"].to_numpy(),
        }
    )


def _cost_of_new(unit: str) -> str:
    """Header of the credited acquisition cost."""
    return say("Credited cost per new customer ({unit})", unit=unit)


def acquisition_title(table: pd.DataFrame, readout: Readout) -> str:
    """The range of credited acquisition costs."""
    column = _cost_of_new(readout.currency)
    known = table.dropna(subset=[column]).sort_values(column, kind="stable")
    if known.empty:
        return say("No new customer is credited to a paid channel")
    low, high = known.iloc[0], known.iloc[-1]
    cheapest = {
        "channel": low["Channel"],
        "cheap": format_number(float(low[column]), readout.currency),
    }
    if len(known) == 1:
        return say("A new customer credited to {channel} costs {cheap} of media money", **cheapest)
    return say(
        "A new customer costs {cheap} of media money where credited to {channel} and {dear} in {other}",
        **cheapest,
        dear=format_number(float(high[column]), readout.currency),
        other=high["Channel"],
    )


def margin_table(readout: Readout, media_costs: pd.DataFrame) -> pd.DataFrame:
    """Average and marginal credited ROAS by the contrasting model, largest spend first.

    Empty without media costs, and with fewer than eight full weeks of them.
    """
    if readout.returns is None or readout.n_days < 7 * LEAST_WEEKS:
        return pd.DataFrame()
    span = pd.to_datetime(media_costs["cost_date"])
    if (span.max() - span.min()).days + 1 < 7 * LEAST_WEEKS:
        return pd.DataFrame()
    model = next(m for m in DEFAULT_MODELS if m.name == readout.contrast)
    frame = marginal_returns(readout.journeys, model, media_costs, level=readout.level)
    return pd.DataFrame(
        {
            "Channel": [readout.label(name) for name in frame["channel"]],
            say("Media spend ({unit})", unit=readout.currency): frame["media_cost"],
            "Average credited ROAS": frame["average_credited_roas"],
            "Marginal credited ROAS": frame["marginal_credited_roas"],
            say_as("interval", "Low"): frame["marginal_low"],
            say_as("interval", "High"): frame["marginal_high"],
            "Weeks": frame["n_weeks"],
            "Reading": frame["reading"].map(_READINGS),
        }
    )


def margin_title(table: pd.DataFrame) -> str:
    """For how many channels the margin is told apart from the average."""
    told = table[table["Reading"].isin([_READINGS["saturating"], _READINGS["rising"]])]
    if told.empty:
        return say(
            "In none of {n} paid channels does the week-to-week variation of spend tell the next unit "
            "from the average one",
            n=len(table),
        )
    names = [str(name) for name in told["Channel"]]
    shown = join_texts(names[:3], by=", ", zh="、")
    if len(names) > 3:
        shown = say("{names} and {n} more", names=shown, n=len(names) - 3)
    return say(
        "The next unit of spend is told apart from the average one in {channels}", channels=shown
    )


def read_cause(
    readout: Readout, lift_tests: pd.DataFrame | None = None
) -> tuple[Incremental | None, Calibration | None]:
    """The g-formula's incremental money, and credit calibrated by lift tests where there are any.

    The first is None when there are fewer than four weeks, or too few orders for it.
    """
    found: Incremental | None
    try:
        found = incremental(readout.journeys, GFormula(level=readout.level))
    except DesignError:  # too short a window or nothing to compare: the table says so
        found = None
    calibrated = (
        None
        if lift_tests is None or lift_tests.empty
        else calibrate(
            readout.draws,
            lift_tests,
            model=readout.main,
            n_days=readout.n_days,
            level=readout.level,
        )
    )
    return found, calibrated


def cause_table(
    readout: Readout, found: Incremental | None, calibrated: Calibration | None
) -> pd.DataFrame:
    """Credited money beside incremental money, in columns of their own; empty when there is none."""
    if found is None and calibrated is None:
        return pd.DataFrame()
    unit = readout.currency
    credited = readout.table.value[readout.table.row(readout.main), :-1]
    order = np.argsort(-credited, kind="stable")
    channels = [readout.journeys.channels[k] for k in order]
    header = say("Credited, {model} ({unit})", model=readout.model_label(readout.main), unit=unit)
    made = pd.DataFrame(
        {"Channel": [readout.label(name) for name in channels], header: credited[order]}
    )
    if found is not None:
        rows = found.frame.set_index("channel").loc[channels]
        made[say("Incremental, g-formula ({unit})", unit=unit)] = rows[
            "incremental_value"
        ].to_numpy()
        made[say_as("interval", "Low")] = rows["incremental_value_low"].to_numpy()
        made[say_as("interval", "High")] = rows["incremental_value_high"].to_numpy()
    if calibrated is not None:
        rows = calibrated.frame.set_index("channel").loc[channels]
        made[say("Incremental, by lift tests ({unit})", unit=unit)] = rows["incremental"].to_numpy()
        made["Test, low"] = rows["incremental_low"].to_numpy()
        made["Test, high"] = rows["incremental_high"].to_numpy()
        words = {"test": "tested", "prediction": "predicted from tests", "none": "not known"}
        made["Basis"] = rows["basis"].map(words).to_numpy()
    return made


def cause_title(readout: Readout, found: Incremental | None, calibrated: Calibration | None) -> str:
    """How far credit and the incremental estimates are apart."""
    if calibrated is not None and calibrated.mean_share is not None:
        return say(
            "By {n} lift tests, a channel brings {share} of what the {model} credits to it, on average",
            n=calibrated.n_tested,
            share=format_number(calibrated.mean_share, "share"),
            model=readout.model_label(readout.main),
        )
    if calibrated is not None:
        row = calibrated.frame[calibrated.frame["basis"] == "test"].iloc[0]
        return say(
            "By its lift test, {channel} brings {share} of its credit",
            channel=readout.label(row["channel"]),
            share=format_number(float(row["caused_share"]), "share"),
        )
    if found is None:
        return say(
            "The data do not let anybody look beyond credit: too few weeks, or nothing to compare"
        )
    value = found.frame["incremental_value"]
    return say(
        "The g-formula finds sales clearly above zero in {n} of {of} channels, if contacts did not "
        "follow intention",
        n=int((found.frame["incremental_value_low"] > 0).sum()),
        of=len(value),
    )


def calibrated_estimates(readout: Readout, calibrated: Calibration | None) -> tuple[Estimate, ...]:
    """Incremental money of tested channels, ``incremental_<channel>``."""
    if calibrated is None:
        return ()
    rows = calibrated.frame[calibrated.frame["basis"] == "test"]
    return tuple(
        Estimate(
            name=f"incremental_{row['channel']}",
            label=say(
                "{channel}: incremental net sales, by lift test",
                channel=readout.label(row["channel"]),
            ),
            value=float(row["incremental"]),
            unit=readout.currency,
            role="incremental",
            ci_low=float(row["incremental_low"]),
            ci_high=float(row["incremental_high"]),
            std_error=float(row["incremental_std_error"]),
            ci_level=calibrated.level,
            n=calibrated.n_tested,
            n_of="tested channels",
            method="lift test, several weighted by precision",
            source="lift tests",
            note=say("over {n_days} days", n_days=readout.n_days),
        )
        for row in rows.to_dict("records")
    )


def brief_estimates(readout: Readout, estimates: tuple[Estimate, ...]) -> tuple[Estimate, ...]:
    """The numbers of the attribution brief: totals, what the findings are sized by, credit and ROAS
    of the main model, and what tests found."""
    stems = (
        f"credited_{readout.main}_",
        f"roas_{readout.main}_",
        "incremental_",
        "spend_",
        "budget_",
    )
    names = ("total_value", "tracked_value", "untracked_value", "untracked_share", "media_spend")
    more = ("webrooming_share", "webrooming_value", "mean_touches", "mean_days_to_order")
    return tuple(
        item for item in estimates if item.name in (*names, *more) or item.name.startswith(stems)
    )
