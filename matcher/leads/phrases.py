"""The sentences of leads: those of a match, or their own where they speak to the provider.

A match says "you" to the enterprise, a lead to the provider.
"""

from __future__ import annotations

from catalog.errors import Bilingual
from matcher.answers.explain import phrase, render
from matcher.types import Reason

LEAD_PHRASES: dict[str, Bilingual] = {
    "sector_covers": Bilingual(
        "行业覆盖：方案面向{offer_zh}，包含对方的{need_zh}",
        "covers their sector: {offer_en} includes {need_en}",
    ),
    "sector_within": Bilingual(
        "行业对口：方案专做{offer_zh}，对方属{need_zh}",
        "within their sector: {offer_en}, a part of {need_en}",
    ),
    "sector_division": Bilingual(
        "同一行业大类：方案面向{offer_zh}，对方是{need_zh}",
        "same division: yours is {offer_en}, theirs {need_en}",
    ),
    "sector_neighbour": Bilingual(
        "相近行业：方案面向{offer_zh}，对方是{need_zh}",
        "a neighbouring sector: yours is {offer_en}, theirs {need_en}",
    ),
    "sector_elsewhere": Bilingual(
        "行业不同：方案面向{offer_zh}，对方是{need_zh}",
        "another sector: yours is {offer_en}, theirs {need_en}",
    ),
    "scenario_related": Bilingual(
        "相关场景：方案做{offer_zh}，对方要{need_zh}",
        "a related scenario: yours is {offer_en}, they ask for {need_en}",
    ),
    "scenario_other": Bilingual(
        "场景不同：方案做{offer_zh}，对方要{need_zh}",
        "another scenario: yours is {offer_en}, they ask for {need_en}",
    ),
    "scenario_related_read": Bilingual(
        "相关场景：方案做{offer_zh}，我们把需求读作{need_zh}",
        "a related scenario: yours is {offer_en}, we read theirs as {need_en}",
    ),
    "scenario_other_read": Bilingual(
        "场景不同：方案做{offer_zh}，我们把需求读作{need_zh}",
        "another scenario: yours is {offer_en}, we read theirs as {need_en}",
    ),
    "budget_yes": Bilingual(
        "首年费用 {cost} 元，在对方预算 {budget} 元以内",
        "{cost} CNY in the first year, within their budget of {budget} CNY",
    ),
    "budget_no": Bilingual(
        "首年费用 {cost} 元起，超出对方预算 {budget} 元",
        "{cost} CNY or more in the first year, over their budget of {budget} CNY",
    ),
    "budget_range": Bilingual(
        "首年费用 {cost} 元起，视配置可能超出对方预算 {budget} 元",
        "from {cost} CNY in the first year, may exceed their budget of {budget} CNY",
    ),
    "budget_unknown": Bilingual(
        "方案没有公布价格，对方预算无法核对",
        "no price was published, so their budget cannot be checked",
    ),
    "budget_unit": Bilingual(
        "首年费用每{unit_zh} {cost} 元起，是否在对方预算 {budget} 元以内要看数量",
        "from {cost} CNY per {unit_en} in the first year; whether it is within their budget of "
        "{budget} CNY depends on how many",
    ),
    "budget_no_unit": Bilingual(
        "首年费用每{unit_zh} {cost} 元起，超出对方预算 {budget} 元",
        "{cost} CNY or more per {unit_en} in the first year, over their budget of {budget} CNY",
    ),
    "budget_free": Bilingual(
        "“{package_zh}”免费，其他套餐首年费用 {cost} 元起，在对方预算 {budget} 元以内",
        '"{package_en}" is free, others from {cost} CNY in the first year, within their budget of {budget} '
        "CNY",
    ),
    "budget_free_range": Bilingual(
        "“{package_zh}”免费，其他套餐首年费用 {cost} 元起，可能超出对方预算 {budget} 元",
        '"{package_en}" is free, others from {cost} CNY in the first year may exceed their budget of '
        "{budget} CNY",
    ),
    "lead_budget_unknown": Bilingual("对方没有说预算", "they told no budget"),
    "leads_unnamed": Bilingual(
        "没有公开名称的企业未授权公开，请通过所在城市的专班联系",
        "enterprises without a name have not agreed to be named: ask their city to pass this on",
    ),
    "leads_no_needs": Bilingual(
        "库里还没有可以公开的需求；导入需求后这里会列出商机",
        "no needs are stored that may be shown; import needs and leads appear here",
    ),
    "leads_none_pass": Bilingual(
        "没有需求符合筛选条件，请放宽", "no need passes the filters, loosen them"
    ),
    "leads_none_left": Bilingual(
        "有 {count} 条需求，但这里的方案都不满足其硬性条件，或不解决其问题",
        "{count} needs are there, but these offers break a hard limit of each or solve none of them",
    ),
    "leads_far": Bilingual(
        "{count} 条只是最接近的：场景和功能都对不上，不算商机",
        "{count} are only the nearest: neither the scenario nor what is asked for fits, so they are no leads",
    ),
    "leads_far_one": Bilingual(
        "1 条只是最接近的：场景和功能都对不上，不算商机",
        "one is only the nearest: neither the scenario nor what is asked for fits, so it is no lead",
    ),
    "leads_uncalibrated": Bilingual(
        "当前模型没有校准，不给评级", "no calibration for this model: no grades"
    ),
    "leads_inactive": Bilingual(
        "这条记录已停用，不参与匹配；恢复后才有商机",
        "the record is retired and matches nothing; restore it to see leads",
    ),
}
"""By code; a code that is not here is said as in `matcher.answers.phrases`."""


def render_lead(reason: Reason, lang: str = "zh") -> str:
    """The sentence of ``reason`` as the provider reads it, in ``lang`` (``zh``, else English)."""
    if reason.code not in LEAD_PHRASES:
        return render(reason, lang)
    return phrase(LEAD_PHRASES, reason).in_language(lang).format(**reason.data)
