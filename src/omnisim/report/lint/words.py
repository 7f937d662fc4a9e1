"""Rules on words: sentences with a verb, credit that is no cause, values that are no words, language."""

from __future__ import annotations

import re
from functools import cache


def words_of(text: str) -> frozenset[str]:
    """A list of words as a set."""
    return frozenset(text.split())


_BASES = words_of(
    """
    accept account add advise agree answer appear arrive ask avoid balance bear beat become begin
    belong bind block bring build buy bounce break call cancel carry cause change charge check
    choose click climb close collect come compare compete confirm connect contact contain continue
    contradict contribute convert cost count cover create credit cross cut decide decline decrease
    delay deliver depend describe deserve deter differ disagree disappear divide double draw drive
    drop earn ease end enter erode exceed exist expand expect explain extend face fade fail fall
    feed fill find finish fit fix follow forget fulfil fund gain generate get give go grow halve
    handle happen harm have help hide hold identify impose improve include increase indicate inflate
    invite join justify keep know lack lag last lead leak learn leave lend lie lift limit link list
    live load look lose lower make mask match matter measure meet merge miss move narrow need net
    open order outweigh overlap overrate oversell own pass pay peak perform place play pool point
    predict prefer prevent prevail produce promise promote prove provide pull push put raise rank
    rate reach read receive recommend recover reduce refer reflect reject rely remain repeat replace
    report request require respond rest restore result retain return reveal rise run satisfy save
    say scatter scale score see seem sell send separate serve set settle shift ship shop show shrink
    signal sink sit slip slow solve sort speak spend split spread stand start stay stem step stop
    strengthen succeed suffer suggest support surpass switch take tell tend test think tie tip touch
    track trade trail transfer treat triple trust turn underrate understate unite use vanish vary
    visit wait want warn waste weaken wear weigh widen win withhold work worsen yield
    """
)
_FORMS = words_of(
    """
    am is are was were be been being has had does did do done can cannot could may might must shall
    should will would won't doesn't don't isn't aren't wasn't weren't hasn't haven't didn't can't
    arose beat became began blew bore bought broke brought built came caught chose cost cut dealt
    drew drove fed fell felt found fought froze gave gained went got grew held hid hit kept knew led
    left lent let lost made meant met paid put ran read rose said sat saw sent set shrank shut sold
    sought spent split spread stood stole struck taught thought threw told took understood wore won
    wrote
    """
)
# Nouns of the trade as well: verbs where an amount, an article or a comparison follows.
_NOUNS_TOO = frozenset(
    word + ending
    for word in words_of(
        """
        account block call cause change charge check claim contact cost cover credit cut delay end exit
        face fund gain grow increase lack lag lead leak lift limit link list load loss mark match matter
        measure model need net order page pay place plan play point pool present price promise purchase
        raise rank rate reach register report request rest result return risk run sale scale score
        search set share shift ship shop show signal slip spend split spread stand start stem step stock
        stop store supply support switch target test tie tip touch track trade trail transfer treat
        trust turn use value view visit wait waste wave work yield decline decrease drop hit forecast
        """
    )
    for ending in ("", "s")
)
_AFTER_VERBS = words_of(
    """
    a about above after all almost already an any before below between beyond down each every half
    her his it its less little more most much nearly neither no none nor nothing off only our out
    over past so still than that the their them themselves there this too twice under up usd eur cny
    gbp when where whether without worse better higher lower again anyway who
    """
)
_BEFORE_ADJECTIVES = words_of(
    """
    a an the by of in on with for from per each all and or
    """
)
_AFTER_PARTICIPLES = words_of(
    """
    by in with as for from to at
    """
)
_CHINESE = re.compile(
    "[是有占为达增升涨减降跌落损失超过高低多少强弱优差可能会需要应让使令带得费花致响明示证付卖买购回动变随取"
    "决定推荐满足未不没尚仍大小快慢领先来自出现触到归因集中拖累改善恢复满落在守住成立重合一致分歧]"
)
_WORD = re.compile(r"[A-Za-z][A-Za-z’'-]*")
_CAUSE = re.compile(
    r"\b(caus(?:e|es|ed|ing)|incremental|effects? of|uplift|drives?|drove|driven|generates?d?|"
    r"brought in|thanks to|because of|leads? to|led to|wins? us|earns?|earned|creates?|created)\b",
    re.IGNORECASE,
)
_CREDIT = re.compile(r"\bcredit(?:s|ed|ing)?\b", re.IGNORECASE)
# Words with which a sentence keeps the two apart.
_APART = re.compile(
    r"\b(not|no|never|cannot|nor|than|times|against|but|whether|if|apart|beside|versus|instead|differ\w*|"
    r"separate\w*|confused|who|alone|only|disagree\w*|correct\w*|calibrat\w*|compar\w*|warning|misread\w*|"
    r"unlike|while|another|and (?:incremental|caused)|neither|without|claim\w*|over-claim\w*|beyond)\b",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"(?<![\w-])(nan|NaN|NaT|<NA>|[-−+]?inf|[-−+]?Inf|undefined|null)(?![\w-])"
    r"|\b(?:[A-Z]{3}|=|\() ?None\b|\bNone ?(?:%|to \d)"
)
_UNFILLED = re.compile(r"\bTODO\b|\bTBD\b|\bXXX\b|\blorem ipsum\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?。！？;；])\s*(?=[\"“A-Z\u4e00-\u9fff0-9])")


@cache
def _finite() -> frozenset[str]:
    """Forms of verbs that can carry a sentence."""
    forms = set(_FORMS)
    for base in _BASES:
        forms.add(base)
        if base.endswith(("s", "sh", "ch", "x", "z", "o")):
            forms.add(base + "es")
        elif base.endswith("y") and base[-2] not in "aeiou":
            forms.add(base[:-1] + "ies")
        else:
            forms.add(base + "s")
    return frozenset(forms)


def has_verb(text: str, *, lang: str = "en") -> bool:
    """Whether a title says something, rather than name a subject.

    A participle alone (``ranked by loss``) carries no sentence; a past form does when words other than
    *by* follow. The word lists are short on purpose: an unknown verb in ``-ed`` passes.

    Examples
    --------
    >>> has_verb("Stock-outs cost more than returns"), has_verb("The risk register, ranked by loss")
    (True, False)
    >>> has_verb("线上占销售额的45.9%", lang="zh")
    True
    """
    if lang.startswith("zh"):
        return bool(_CHINESE.search(text))
    found = list(_WORD.finditer(text))
    words = [match.group(0).lower().replace("’", "'") for match in found]
    before, after = ["", *words[:-1]], [*words[1:], ""]
    for i, (match, previous, following) in enumerate(zip(found, before, after, strict=True)):
        word = words[i]
        has_amount = text[match.end() :].lstrip(" −-")[:1].isdigit()
        is_verb = word not in _NOUNS_TOO or has_amount or following in _AFTER_VERBS
        if word in _finite() and (i > 0 or word in _FORMS) and is_verb:
            return True
        is_past = word.endswith("ed") and len(word) > 4 and previous not in _BEFORE_ADJECTIVES
        if is_past and i > 0 and (has_amount or following not in (*_AFTER_PARTICIPLES, "")):
            return True
    return False


def sentences(text: str) -> list[str]:
    """A text cut after its full stops."""
    return [part for part in _SENTENCE.split(text) if part.strip()]


def calls_credit_a_cause(text: str) -> str | None:
    """The first sentence that speaks of credit as if it had caused something.

    Examples
    --------
    >>> calls_credit_a_cause("Email is credited with 12%. Credit says who touched, not who caused.")
    >>> calls_credit_a_cause("The credit of email was generated thanks to its campaigns.")
    'The credit of email was generated thanks to its campaigns.'
    """
    for sentence in sentences(text):
        if _CREDIT.search(sentence) and _CAUSE.search(sentence) and not _APART.search(sentence):
            return sentence
    return None


def failed_word(text: str) -> str | None:
    """A value that failed or a template that was not filled, if a text holds one.

    Examples
    --------
    >>> failed_word("Sales of USD nan"), failed_word("None of the checks failed in Nancy")
    ('nan', None)
    """
    found = _FAILED.search(text) or _UNFILLED.search(text)
    return found.group(0).strip() if found else None
