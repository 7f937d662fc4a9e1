"""Runs one peer on a table of paths, in the peer's own environment; prints seconds as JSON.

Called by ``bench_attribution.py``; imports nothing of omnisim.
"""

import contextlib
import io
import json
import os
import sys
from time import process_time

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # before NumPy is loaded

import pandas as pd  # noqa: E402


def channelattribution(table):
    """Markov of order 1 with its default convergence, and the three rules."""
    import ChannelAttribution as ca

    frame = table.rename(columns={"conversions": "conv", "nulls": "null"})
    given = {"var_path": "path", "var_conv": "conv", "var_value": "value", "sep": ">"}
    return {
        "markov_1": lambda: ca.markov_model(
            frame, var_null="null", order=1, verbose=False, flg_pro=False, **given
        ),
        "rules": lambda: ca.heuristic_models(frame, flg_pro=False, **given),
    }


def mam(table):
    """Markov of order 1, and Shapley of rates by the peer's defaults; lines 1 and 2 of the peer."""
    frame = table.assign(has_conversion=table["conversions"] > 0, n_journeys=1)
    try:
        from marketing_attribution_models import MAM
    except ModuleNotFoundError:
        return _mam_2(frame)

    def model():
        return MAM(
            frame,
            channels_colname="path",
            journey_with_conv_colname="has_conversion",
            conversion_value="value",
            path_separator=" > ",
        )

    return {
        "markov_1": lambda: model().attribution_markov(),
        "shapley": lambda: model().attribution_shapley(),
    }


def _mam_2(frame):
    os.environ["POLARS_MAX_THREADS"] = "1"  # before Polars is loaded
    from mam import MAM
    from mam.models.markov import MarkovModel
    from mam.models.shapley import ShapleyModel

    def model():
        return MAM(
            frame,
            format_type="grouped_journey",
            channels_colname="path",
            journey_with_conv_colname="has_conversion",
            occurrences_colname="n_journeys",
            conversion_value_colname="value",
        )

    return {
        "markov_1": lambda: model().run_markov(),
        "shapley": lambda: model().run_shapley(),
        # The calls above also make a table of credit per contact, which has no switch.
        "markov_1, no table": lambda: MarkovModel()._compute_markov(model().unified_df),
        "shapley, no table": lambda: ShapleyModel().get_aggregated_results(model().unified_df),
    }


PEERS = {"ChannelAttribution": channelattribution, "marketing-attribution-models": mam}


def main():
    peer, file, repeats = sys.argv[1], sys.argv[2], int(sys.argv[3])
    table = pd.read_csv(file)
    seconds = {}
    for name, task in PEERS[peer](table).items():
        seconds[name] = []
        for _ in range(repeats):
            start = process_time()
            with contextlib.redirect_stdout(io.StringIO()):
                task()
            seconds[name].append(process_time() - start)
    sys.stdout.write("\n" + json.dumps(seconds) + "\n")


if __name__ == "__main__":
    main()
