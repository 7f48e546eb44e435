"""Which language a need is written in: zh, en, es or other."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from catalog.wording import HAN

_LATIN = re.compile(r"[A-Za-zÀ-ÿ]+")
_KANA_OR_HANGUL = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\uac00-\ud7a3]")
_OTHER_SCRIPT = 2
_SURELY = 6.0
"""How much likelier, as a logarithm, another language must be than English and Spanish to be told."""
LANGUAGES = ("zh", "en", "es")


def language_of(text: str) -> str:
    """``zh`` when a fifth or more of Chinese characters and Latin words are Chinese, else by langid.

    >>> language_of("换模慢，想上MES")
    'zh'
    """
    if len(_KANA_OR_HANGUL.findall(text)) >= _OTHER_SCRIPT:
        return "other"
    han = len(HAN.findall(text))
    words = _LATIN.findall(text)
    # A fifth, agreed, not fitted: a Chinese need may name many products in Latin letters.
    if han and han >= 0.2 * (han + len(words)):
        return "zh"
    if not words:
        return "other"
    likely = dict(_identifier().rank(text))
    best = max(likely, key=lambda lang: likely[lang])
    own = max(LANGUAGES[1:], key=lambda lang: likely[lang])
    return own if likely[best] - likely[own] < _SURELY else "other"


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(["en", "es", "de", "fr", "it", "pt"])
    return identifier
