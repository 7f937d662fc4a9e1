"""How a clean cell is spoilt: slips, other spellings, wrong units, damaged encodings.

Every function takes the clean text and a number in [0, 1) that says which of several ways, and gives
a text that may equal the first when there is nothing to spoil.
"""

from __future__ import annotations

import re

from omnisim.raw.declare import Spelling

_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_DOTTED = re.compile(r"(\d\d)\.(\d\d)\.(\d{4})")
_SLASHED = re.compile(r"(\d{2,4})/(\d\d)/(\d{2,4})")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)")


def typo(text: str, u: float) -> str:
    """One slip: two letters change places, one is lost, doubled, or the case is lost.

    Examples
    --------
    >>> typo("Miller", 0.1), typo("Miller", 0.4), typo("Miller", 0.6), typo("Miller", 0.9)
    ('Milelr', 'Millr', 'Milller', 'MILLER')
    """
    way, place = divmod(u * 4, 1)
    if len(text) < 2:
        return text + text
    at = 1 + int(place * (len(text) - 1))  # first letters are rarely mistyped
    match int(way):
        case 0 if at + 1 < len(text):
            return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        case 0 | 1:
            return text[:at] + text[at + 1 :]
        case 2:
            return text[: at + 1] + text[at:]
        case _:
            return text.upper()


def respell(text: str, u: float, spelling: Spelling, currency: str) -> str:
    """The same value as another till, form or version writes it.

    Examples
    --------
    >>> respell("1234,50", 0.1, "amount", "USD"), respell("1234,50", 0.9, "amount", "USD")
    ('1234,50 USD', '1234.50')
    >>> respell("2025-01-31T08:00:00Z", 0.1, "date", "USD")
    '31.01.2025T08:00:00Z'
    >>> respell("+1-555-0142233", 0.1, "phone", "USD"), respell("Y", 0, "yes_no", "USD")
    ('15550142233', '1')
    """
    is_first = u < 0.5
    match spelling:
        case "amount":
            other = text.translate(str.maketrans(".,", ",."))
            return f"{text} {currency}" if is_first or other == text else other
        case "date":
            return _other_date(text, is_first=is_first)
        case "phone":
            digits = re.sub(r"\D", "", text)
            return digits if is_first else f"({digits[:-7]}) {digits[-7:]}"
        case "email":
            return text.upper() if is_first else f" {text} "
        case "code":
            return text.lower() if is_first and text.lower() != text else f" {text}"
        case "yes_no":
            return {"Y": "1", "N": "0", "true": "yes", "false": "no"}.get(text, text)
    return text


def wrong_unit(text: str) -> str:
    """Minor for major units, seconds for milliseconds.

    Examples
    --------
    >>> wrong_unit("12,50"), wrong_unit("1736121600123")
    ('1250', '1736121600')
    """
    if re.fullmatch(r"\d{13}", text):
        return text[:-3]
    return re.sub(r"[.,](\d\d)$", r"\1", text)


def misread(text: str) -> str:
    """UTF-8 read as Latin-1.

    Examples
    --------
    >>> misread("Zoë"), misread("plain")
    ('ZoÃ«', 'plain')
    """
    return text.encode().decode("latin-1")


def _other_date(text: str, *, is_first: bool) -> str:
    if found := _ISO.search(text):
        year, month, day = found.groups()
        other = f"{day}.{month}.{year}" if is_first else f"{year}{month}{day}"
    elif found := _DOTTED.search(text):
        day, month, year = found.groups()
        other = f"{year}-{month}-{day}" if is_first else f"{day}.{month}.{year[2:]}"
    elif found := _SLASHED.search(text):
        one, two, three = found.groups()
        other = f"{one}-{two}-{three}" if is_first else f"{one}.{two}.{three}"
    elif found := _COMPACT.search(text):
        year, month, day = found.groups()
        other = f"{year}-{month}-{day}" if is_first else f"{day}/{month}/{year}"
    else:
        return text
    return text[: found.start()] + other + text[found.end() :]
