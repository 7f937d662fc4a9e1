"""Business measures from tables: each with its unit, base and interval, as SQL a client could run."""

from omnisim.metrics.availability import (
    availability_title,
    lost_orders,
    stock_out_weeks,
    stock_outs_by_location,
    stock_outs_over_time,
    worst_products,
)
from omnisim.metrics.bounds import Band, Bound, bounds
from omnisim.metrics.causes import causes, causes_title
from omnisim.metrics.cohorts import joining_cohorts, joining_title
from omnisim.metrics.contents import contents, contents_table
from omnisim.metrics.delivery import (
    lateness_by_way,
    lateness_over_time,
    lateness_table,
    lateness_title,
)
from omnisim.metrics.experience import (
    STAGES,
    experience_map,
    experience_title,
    nps_by_delivery,
    nps_title,
)
from omnisim.metrics.flows import contact_flows, crossings, crossings_table, flows_title
from omnisim.metrics.index import CompositeIndex, composite_index, index_model, stage_weights
from omnisim.metrics.index_words import (
    index_estimates,
    index_limits,
    index_note,
    index_subtitle,
    index_table,
    index_title,
    weights_table,
    weights_title,
)
from omnisim.metrics.intervals import (
    Measured,
    net_promoter_score,
    poisson,
    ratio,
    relative_change,
    wilson,
)
from omnisim.metrics.kpi import KpiDefinition, Metric, kpi_definitions
from omnisim.metrics.marked_days import MARK_TABLES, marked_days, marks_words
from omnisim.metrics.maturity import (
    maturity_levels,
    maturity_model,
    maturity_profile,
    maturity_table,
)
from omnisim.metrics.membership import points_flow, points_title, tiers, tiers_table, tiers_title
from omnisim.metrics.places import places, places_title, regions
from omnisim.metrics.plausibility import Measurement, Verdict, judge, plausibility
from omnisim.metrics.scorecard import Scorecard, scorecard
from omnisim.metrics.service import service_by, service_table, service_title
from omnisim.metrics.titles import (
    buying_groups_title,
    calendar_subtitle,
    calendar_title,
    causes_subtitle,
    cohort_title,
    funnel_title,
    maturity_title,
    sales_subtitle,
    sales_title,
    store_subtitle,
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
    "MARK_TABLES",
    "STAGES",
    "Band",
    "Bound",
    "CompositeIndex",
    "FrameWarehouse",
    "KpiDefinition",
    "Measured",
    "Measurement",
    "Metric",
    "Scorecard",
    "Verdict",
    "Warehouse",
    "availability_title",
    "bounds",
    "buying_groups",
    "buying_groups_table",
    "buying_groups_title",
    "calendar_subtitle",
    "calendar_title",
    "causes",
    "causes_subtitle",
    "causes_title",
    "cohort_retention",
    "cohort_title",
    "composite_index",
    "contact_flows",
    "contents",
    "contents_table",
    "crossings",
    "crossings_table",
    "daily_sales",
    "experience_map",
    "experience_title",
    "flows_title",
    "funnel_title",
    "index_estimates",
    "index_limits",
    "index_model",
    "index_note",
    "index_subtitle",
    "index_table",
    "index_title",
    "joining_cohorts",
    "joining_title",
    "judge",
    "kpi_definitions",
    "lateness_by_way",
    "lateness_over_time",
    "lateness_table",
    "lateness_title",
    "lost_orders",
    "marked_days",
    "marks_words",
    "maturity_levels",
    "maturity_model",
    "maturity_profile",
    "maturity_table",
    "maturity_title",
    "net_promoter_score",
    "nps_by_delivery",
    "nps_title",
    "online_funnel",
    "overview_answer",
    "overview_checks",
    "overview_findings",
    "places",
    "places_title",
    "plausibility",
    "points_flow",
    "points_title",
    "poisson",
    "ratio",
    "regions",
    "relative_change",
    "sales_subtitle",
    "sales_title",
    "scorecard",
    "service_by",
    "service_table",
    "service_title",
    "stage_weights",
    "stock_out_weeks",
    "stock_outs_by_location",
    "stock_outs_over_time",
    "store_map",
    "store_subtitle",
    "store_title",
    "tiers",
    "tiers_table",
    "tiers_title",
    "weekly_sales",
    "weights_table",
    "weights_title",
    "wilson",
    "worst_products",
]
