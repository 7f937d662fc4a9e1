"""The registry of random streams: names of what a draw is for.

Ids are permanent and never reused; a new stream takes a new number and changes no other draw.
A draw's address is (seed; entity, occasion, step, stream): see :mod:`omnisim.rng.philox`.
"""

from __future__ import annotations

from enum import IntEnum

# Part of every dataset's hash. Raise it when an address or a transformation changes meaning.
RNG_SCHEME = "philox4x32-10/1"


class Stream(IntEnum):
    """What a draw decides; the comment gives (entity, occasion, step)."""

    TRAIT = 1  # (person, 0, block of four traits)
    SUSCEPTIBILITY = 2  # (person, 0, block of four channels)
    RING = 3  # (group of eight persons, 0, 0): is it a fraud ring
    DAY = 10  # (person, day, 0): need, retargeting, paid social, short video
    OWNED = 11  # (person, day, 0): e-mail, SMS, app push, community
    RESPONSE = 12  # (person, day, channel): open, click, second of the day, opens a need
    NEED = 20  # (person, day of the need, 0): intent, patience
    CHOICE = 21  # (person, day of the need, step * 4 + block of four channels)
    STEP = 22  # (person, day of the need, step): second, conversion, abandonment, gap
    VISIT = 23  # (person, day of the need, step): device, login, recognised, pages
    PUSH_VISIT = 24  # (person, day, channel): the same for a visit started by a push
    PUSH_STEP = 25  # (person, day, channel): conversion of that visit
    ORDER = 30  # (person, day, 0): number of lines, coupon, guest, order channel
    FULFIL = 31  # (person, day, 0): collect, delay, cancellation, payment
    LINE = 32  # (person, day, line): product, units, substitution, return
    RETURN = 33  # (person, day, line): delay, channel, reason, second
    SURVEY = 34  # (person, day, 0): invited, mood, answers, delay
    DROPOUT = 35  # (person, day, 0): the customer stops buying after this order
    OUTAGE = 36  # (person, day, step): comes back later after an outage
    BURST = 40  # (ring, week, 0): a burst of fake orders starts
    FAKE = 41  # (person, day, 0): takes part, second, reviewed, delivered
    ASSIGNMENT = 50  # (account, experiment, 0)
    STORE = 60  # (store, 0, block): place, size, region
    LOCAL_SHOCK = 61  # (store, week, 0): local demand
    REGION_SHOCK = 62  # (region, week, 0)
    PRODUCT = 63  # (sku, 0, block): price, cost, words
    STOCK = 64  # (location and sku, day, 0): spell starts, its length, system error, audit
    # step 1: size of the error; step 2: units mislaid in the stock-out that ends today stay lost
    TRAFFIC = 67  # (store, day, 0): walk-ins and counter noise
    MEDIA = 68  # (channel, day, 0): price of media
    INCIDENT = 69  # (kind, number, 0)
    NAME = 70  # (person, 0, 0): index into the pools of names and cities
    WIN_BACK = 80  # (person, day, channel): one who had left takes an interest again
    BOT = 81  # (person, day, 0): a crawler visits, second, pages
    FACTORIAL = 82  # (person, 0, 0): arm of each of up to four changes
    CANARY = 83  # (person, day, channel): served by the release, lost by it
    FAILURE = 84  # (person, day, 0): a collected order fails
    STAND_IN = (
        85  # (person, day, channel of the slot): which push fills the slot of one that is off
    )
    PURCHASE = 100  # (location and sku, day of receipt, 0): lead time, short delivery
    SUPPLIER = 101  # (sku, 0, 0): its supplier; (supplier, 0, 1): promised lead time
    INSPECTION = 102  # (person, return, 0): result, wait, tag
    RETURN_FRAUD = 103  # (person, 0, 0): cheats; (person, return, 1): this time, how
    SHIPMENT = 104  # (person, order, 0): handling, carrier
    PAYMENT = 105  # (person, 0, 0): methods; (person, order, 1): day an invoice is paid
    CHARGEBACK = 106  # (person, order, 0): happens, days, second
    POINTS = 120  # (person, order, 0): takes a reward; (person, account, 1): opening balance
    COUPON_MAIL = 121  # (person, e-mail, 0): carries a coupon
    REFERRER = 122  # (candidate, new account, 0): lowest of the group wins
    ACTIVITY = 123  # (person, 0, 0): how much a community member writes
    POST = 124  # (person, week or 10 000 + order, 0-1): writes, second, topic; reach, reactions
    RETAILER_POST = 125  # (0, day, 0): topic, promotes
    SERVICE = 126  # (person, cause, kind of cause * 4 + block): contact, delay, way, times
    RATING = 127  # (person, occasion, stage * 2 + block): asked, delay, mood, answers; answer delay
    SATISFACTION = 128  # (person, 0, 0): how pleased the person tends to be
    COMMENT = 129  # (person, answer, kind of answer * 2 + block): comments, language, topic, words
    BRAND = 130  # (person, 0, 0): aware, considers, prefers
    BRAND_WAVE = 131  # (person, wave, 0): asked
    WEB_EVENT = 160  # (person, session, 0): product, second of view, of cart, of checkout
    SIGNAL = 161  # (signal and area, day, 0): noise
    MARKET = 162  # (category, month, 0): competitors' sales, prices; (category, 0, 1): their size
    ACCESS = 163  # (staff account, day, slot): takes place, second, records, masked
    ACCESS_KIND = 164  # (staff account, day, slot): table, export, late work, second of late work
    EXPORT = 165  # (export, 0, block): when, who, how much, noticed
    COMPLAINT = 166  # (complaint, 0, 0): when, days until closed
    CONFIGURATION = 167  # (person, session, block): started, options, completed, step; seconds
    PRODUCTION = 168  # (person, order, block): options, start, finish, rework; seconds of the quote
    DEVICE = 175  # (person, number of the cookie, 0): kind of device
    RAW_ROW = 200  # (low, high half of a row's key, export): repeated, late, copied
    RAW_CELL = 201  # (low, high half of a row's key, export * 64 + column): what, where
    RAW_GAP = 202  # (system, day, 0): the day's export failed
    ARRIVAL = 240  # (channel, 0, pair): place in a sampled order of channels
    # 86-99: the kernel; 100-119: goods and money; 120-159: members, service, voice;
    # 160-199: what surrounds the sale; 203-229: exports of source systems; 240-249: truth
