"""Business measures from tables: each with its unit, base and interval, as SQL a client could run."""

from omnisim.metrics.bounds import Band, Bound, bounds
from omnisim.metrics.intervals import (
    Measured,
    net_promoter_score,
    poisson,
    ratio,
    relative_change,
    wilson,
)
from omnisim.metrics.kpi import KpiDefinition, Metric, kpi_definitions
from omnisim.metrics.maturity import (
    maturity_levels,
    maturity_model,
    maturity_profile,
    maturity_table,
)
from omnisim.metrics.plausibility import Measurement, Verdict, judge, plausibility
from omnisim.metrics.scorecard import Scorecard, scorecard
from omnisim.metrics.titles import (
    buying_groups_title,
    calendar_title,
    cohort_title,
    funnel_title,
    maturity_title,
    sales_title,
    store_title,
)
from omnisim.metrics.views import (
    buying_groups,
    buying_groups_table,
    cohort_retention,
    daily_sales,
    online_funnel,
    store_map,
    weekly_sales,
)
from omnisim.metrics.warehouse import FrameWarehouse, Warehouse
from omnisim.metrics.words import overview_answer, overview_checks, overview_findings

__all__ = [
    "Band",
    "Bound",
    "FrameWarehouse",
    "KpiDefinition",
    "Measured",
    "Measurement",
    "Metric",
    "Scorecard",
    "Verdict",
    "Warehouse",
    "bounds",
    "buying_groups",
    "buying_groups_table",
    "buying_groups_title",
    "calendar_title",
    "cohort_retention",
    "cohort_title",
    "daily_sales",
    "funnel_title",
    "judge",
    "kpi_definitions",
    "maturity_levels",
    "maturity_model",
    "maturity_profile",
    "maturity_table",
    "maturity_title",
    "net_promoter_score",
    "online_funnel",
    "overview_answer",
    "overview_checks",
    "overview_findings",
    "plausibility",
    "poisson",
    "ratio",
    "relative_change",
    "sales_title",
    "scorecard",
    "store_map",
    "store_title",
    "weekly_sales",
    "wilson",
]
