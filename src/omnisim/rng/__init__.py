"""Random numbers with an address: a value depends on what it is for, and on nothing else."""

from omnisim.rng.ids import id_key, ids_of, make_id
from omnisim.rng.philox import uniform_block, uniforms
from omnisim.rng.quantiles import (
    N_BINS,
    N_FINE_BINS,
    exponential_table,
    gamma_table,
    geometric_table,
    lognormal_table,
    look_between,
    look_up,
    normal_table,
    power_table,
    rounded,
    share_table,
)
from omnisim.rng.streams import RNG_SCHEME, Stream

__all__ = [
    "N_BINS",
    "N_FINE_BINS",
    "RNG_SCHEME",
    "Stream",
    "exponential_table",
    "gamma_table",
    "geometric_table",
    "id_key",
    "ids_of",
    "lognormal_table",
    "look_between",
    "look_up",
    "make_id",
    "normal_table",
    "power_table",
    "rounded",
    "share_table",
    "uniform_block",
    "uniforms",
]
