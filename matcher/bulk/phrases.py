"""The sentences of a table that officers read: those of a match say "you" to the enterprise."""

from __future__ import annotations

from catalog.errors import Bilingual
from matcher.answers.explain import render
from matcher.types import Reason

TABLE_PHRASES: dict[str, Bilingual] = {
    "sector_division": Bilingual(
        "同一行业大类：{offer_zh}（需求是{need_zh}）",
        "same division: {offer_en} (the need: {need_en})",
    ),
    "sector_neighbour": Bilingual(
        "相近行业：{offer_zh}（需求是{need_zh}）",
        "a neighbouring sector: {offer_en} (the need: {need_en})",
    ),
    "sector_elsewhere": Bilingual(
        "行业不同：面向{offer_zh}，需求是{need_zh}",
        "another sector: {offer_en}, the need: {need_en}",
    ),
    "scenario_related": Bilingual(
        "相关场景：{offer_zh}（需求是{need_zh}）",
        "a related scenario: {offer_en} (the need: {need_en})",
    ),
    "scenario_other": Bilingual(
        "场景不同：{offer_zh}，需求是{need_zh}",
        "another scenario: {offer_en}, the need: {need_en}",
    ),
}
"""By code; a code that is not here is said as in `matcher.answers.phrases`."""


def render_row(reason: Reason, lang: str = "zh") -> str:
    """The sentence of ``reason`` as an officer reads it, in ``lang`` (``zh``, else English)."""
    phrase = TABLE_PHRASES.get(reason.code)
    if phrase is None:
        return render(reason, lang)
    return phrase.in_language(lang).format(**reason.data)
