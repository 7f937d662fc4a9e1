"""Business measures from tables: each with its unit, base and interval, as SQL a client could run."""

from omnisim.metrics.intervals import (
    Measured,
    net_promoter_score,
    poisson,
    ratio,
    relative_change,
    wilson,
)
from omnisim.metrics.kpi import KpiDefinition, Metric, kpi_definitions
from omnisim.metrics.maturity import maturity_model, maturity_profile, maturity_table
from omnisim.metrics.scorecard import Scorecard, scorecard
from omnisim.metrics.views import (
    buying_groups,
    cohort_retention,
    daily_sales,
    online_funnel,
    store_map,
    weekly_sales,
)
from omnisim.metrics.warehouse import FrameWarehouse, Warehouse

__all__ = [
    "FrameWarehouse",
    "KpiDefinition",
    "Measured",
    "Metric",
    "Scorecard",
    "Warehouse",
    "buying_groups",
    "cohort_retention",
    "daily_sales",
    "kpi_definitions",
    "maturity_model",
    "maturity_profile",
    "maturity_table",
    "net_promoter_score",
    "online_funnel",
    "poisson",
    "ratio",
    "relative_change",
    "scorecard",
    "store_map",
    "weekly_sales",
    "wilson",
]
