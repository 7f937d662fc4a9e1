"""Advertising pressure: contacts carried over to later days, and what they do."""

from __future__ import annotations

from omnisim.behaviour.rules import saturate, wear
from omnisim.engine.plan import DECAY_DAYS, N_CHANNELS
from omnisim.jit import inner, njit


@njit(_nrt=False, inline="always")
def lift(plan, s, day, effects):  # type: ignore[no-untyped-def]
    """Rise of a rate or chance: sum over channels of effect times saturated pressure."""
    total = 0.0
    for channel in range(N_CHANNELS):
        effect = effects[channel]
        if effect > 0.0 and s.pressure[channel] > 0.0:
            total += effect * plan.cause.channel_on[channel] * _response(plan, s, day, channel)
    return total


@inner
def synergy(plan, s, day):  # type: ignore[no-untyped-def]
    """What pairs of channels do together beyond the sum of each."""
    total = 0.0
    for k in range(plan.dials.n_synergies):
        a, b = plan.dials.pair[k, 0], plan.dials.pair[k, 1]
        if s.pressure[a] > 0.0 and s.pressure[b] > 0.0:
            on = plan.cause.channel_on[a] * plan.cause.channel_on[b]
            both = _response(plan, s, day, a) * _response(plan, s, day, b)
            total += plan.dials.synergy[k] * on * both
    return total


@inner
def _response(plan, s, day, channel):  # type: ignore[no-untyped-def]
    """Share of a channel's full effect at the person's pressure of today."""
    pressure = _pressure_on(plan, s, day, channel)
    tired = wear(pressure, plan.dials.fatigue, plan.dials.wear_out)
    return saturate(pressure, plan.channels.half[channel]) * tired


@njit(_nrt=False, inline="always")
def _pressure_on(plan, s, day, channel):  # type: ignore[no-untyped-def]
    age = day - s.pressure_day[channel]
    if age >= DECAY_DAYS:
        return 0.0
    return s.pressure[channel] * plan.channels.decay[channel, age]


@njit(_nrt=False, inline="always")
def press(plan, q, s, day, channel):  # type: ignore[no-untyped-def]
    """A contact adds pressure in proportion to the person's susceptibility."""
    pressure = _pressure_on(plan, s, day, channel)
    s.pressure[channel] = pressure + q.susceptibility[channel]
    s.pressure_day[channel] = day
    if s.n_contacts[channel] == 0:
        s.first_contact[channel] = day
    s.n_contacts[channel] += 1


@njit(_nrt=False, inline="always")
def press_if_on(plan, q, s, day, channel):  # type: ignore[no-untyped-def]
    # a clicked push has pressed already, when it was seen
    if plan.cause.channel_on[channel] > 0.0 and plan.channels.is_push[channel] == 0:
        press(plan, q, s, day, channel)
