"""The sentences of the reasons, in Chinese and English; braces are filled from a reason's data."""

from __future__ import annotations

from catalog.errors import Bilingual
from matcher.types import Constraint

CONSTRAINTS = {
    Constraint.BUDGET: Bilingual("预算", "budget"),
    Constraint.DAYS: Bilingual("期限", "days"),
    Constraint.SIZE: Bilingual("企业规模", "size"),
    Constraint.SECTOR: Bilingual("行业", "sector"),
    Constraint.SCENARIO: Bilingual("场景", "scenario"),
    Constraint.CITY: Bilingual("城市", "city"),
    Constraint.LEVEL: Bilingual("目标等级", "level"),
    Constraint.TECHNOLOGY: Bilingual("想用的技术", "technology to use"),
    Constraint.WITHOUT: Bilingual("不要的技术", "technology not to use"),
    Constraint.PAYMENT: Bilingual("付费方式", "way to pay"),
}

PHRASES: dict[str, Bilingual] = {
    "sector_same": Bilingual("行业相同：{offer_zh}", "same sector: {offer_en}"),
    "sector_covers": Bilingual(
        "行业覆盖：面向{offer_zh}，包含{need_zh}",
        "covers the sector: {offer_en} includes {need_en}",
    ),
    "sector_within": Bilingual(
        "行业对口：专做{need_zh}里的{offer_zh}",
        "within the sector: {offer_en}, a part of {need_en}",
    ),
    "sector_group": Bilingual("同一行业中类：{offer_zh}", "same group of the sector: {offer_en}"),
    "sector_division": Bilingual(
        "同一行业大类：{offer_zh}（你的是{need_zh}）",
        "same division: {offer_en} (yours is {need_en})",
    ),
    "sector_cross": Bilingual("跨行业通用", "made for every sector"),
    "sector_neighbour": Bilingual(
        "相近行业：{offer_zh}（你的是{need_zh}）",
        "a neighbouring sector: {offer_en} (yours: {need_en})",
    ),
    "sector_elsewhere": Bilingual(
        "行业不同：面向{offer_zh}，你的是{need_zh}",
        "another sector: {offer_en}, yours is {need_en}",
    ),
    "sector_unknown": Bilingual("未公布适用行业", "no sector was published"),
    "function": Bilingual("对症：{name_zh}", "does what is asked: {name_en}"),
    "scenario_same": Bilingual("场景对应：{offer_zh}", "the scenario: {offer_en}"),
    "scenario_same_level": Bilingual(
        "场景对应：{offer_zh}，可达{level}级", "the scenario: {offer_en}, reaches level {level}"
    ),
    "scenario_related": Bilingual(
        "相关场景：{offer_zh}（你要的是{need_zh}）",
        "a related scenario: {offer_en} (asked: {need_en})",
    ),
    "scenario_other": Bilingual(
        "场景不同：{offer_zh}，你要的是{need_zh}", "another scenario: {offer_en}, asked: {need_en}"
    ),
    "scenario_related_read": Bilingual(
        "相关场景：{offer_zh}（我们读作{need_zh}）",
        "a related scenario: {offer_en} (we read {need_en})",
    ),
    "scenario_other_read": Bilingual(
        "场景不同：{offer_zh}，我们读作{need_zh}", "another scenario: {offer_en}, we read {need_en}"
    ),
    "scenario_unknown": Bilingual("未公布对应场景", "no scenario was published"),
    "budget_yes": Bilingual(
        "首年费用 {cost} 元，在预算 {budget} 元以内",
        "{cost} CNY in the first year, within the budget of {budget} CNY",
    ),
    "budget_no": Bilingual(
        "首年费用 {cost} 元起，超出预算 {budget} 元",
        "{cost} CNY or more in the first year, over the budget of {budget} CNY",
    ),
    "budget_range": Bilingual(
        "首年费用 {cost} 元起，视配置可能超出预算 {budget} 元",
        "from {cost} CNY in the first year, may exceed the budget of {budget} CNY",
    ),
    "budget_unknown": Bilingual("价格未公布，需询价", "no price was published, ask for one"),
    "cost": Bilingual("首年费用 {cost} 元", "{cost} CNY in the first year"),
    "cost_from": Bilingual("首年费用 {cost} 元起", "from {cost} CNY in the first year"),
    "cost_unit": Bilingual(
        "首年费用每{unit_zh} {cost} 元起", "from {cost} CNY per {unit_en} in the first year"
    ),
    "budget_unit": Bilingual(
        "首年费用每{unit_zh} {cost} 元起，是否在预算 {budget} 元以内要看数量",
        "from {cost} CNY per {unit_en} in the first year; whether it is within the budget of "
        "{budget} CNY depends on how many",
    ),
    "budget_no_unit": Bilingual(
        "首年费用每{unit_zh} {cost} 元起，超出预算 {budget} 元",
        "{cost} CNY or more per {unit_en} in the first year, over the budget of {budget} CNY",
    ),
    "cost_free": Bilingual(
        "首年费用 0 元（{package_zh}）", "0 CNY in the first year ({package_en})"
    ),
    "cost_free_ask": Bilingual(
        "“{package_zh}”免费，其他套餐需询价",
        '"{package_en}" is free, ask for the price of the others',
    ),
    "cost_free_from": Bilingual(
        "“{package_zh}”免费，其他套餐首年费用 {cost} 元起",
        '"{package_en}" is free, others from {cost} CNY in the first year',
    ),
    "budget_free": Bilingual(
        "“{package_zh}”免费，其他套餐首年费用 {cost} 元起，在预算 {budget} 元以内",
        '"{package_en}" is free, others from {cost} CNY in the first year, within the budget of {budget} CNY',
    ),
    "budget_free_range": Bilingual(
        "“{package_zh}”免费，其他套餐首年费用 {cost} 元起，可能超出预算 {budget} 元",
        '"{package_en}" is free, others from {cost} CNY in the first year may exceed the budget of {budget} '
        "CNY",
    ),
    "cost_project": Bilingual("项目花费 {cost} 元", "the project cost {cost} CNY"),
    "budget_yes_project": Bilingual(
        "项目花费 {cost} 元，在预算 {budget} 元以内",
        "the project cost {cost} CNY, within the budget of {budget} CNY",
    ),
    "budget_no_project": Bilingual(
        "项目花费 {cost} 元，超出预算 {budget} 元",
        "the project cost {cost} CNY, over the budget of {budget} CNY",
    ),
    "budget_unknown_project": Bilingual(
        "项目花费未公布", "what the project cost was not published"
    ),
    "over_limit": Bilingual(
        "最对口的“{name}”超出硬性条件，没有列出：{why_zh}",
        '"{name}" fits best, but breaks a hard limit and is not listed: {why_en}',
    ),
    "days_yes": Bilingual(
        "{days} 天可上线，在要求的 {limit} 天内", "works in {days} days, within the {limit} asked"
    ),
    "days_no": Bilingual(
        "需要 {days} 天，超过要求的 {limit} 天", "takes {days} days, more than the {limit} asked"
    ),
    "days_unknown": Bilingual("部署周期未公布", "no deployment time was published"),
    "size_yes": Bilingual("适用{size_zh}企业", "serves {size_en} enterprises"),
    "size_no": Bilingual("未面向{size_zh}企业", "not meant for {size_en} enterprises"),
    "size_unknown": Bilingual("未公布适用企业规模", "no enterprise size was published"),
    "level_yes": Bilingual("可达到目标 {target} 级", "reaches the target level {target}"),
    "level_no": Bilingual("达不到目标 {target} 级", "does not reach the target level {target}"),
    "level_unknown": Bilingual("未公布可达等级", "no level was published"),
    "technology_yes": Bilingual("用到想要的技术：{names_zh}", "uses what is wanted: {names_en}"),
    "technology_no": Bilingual(
        "没有列出想要的技术：{names_zh}", "does not list what is wanted: {names_en}"
    ),
    "technology_avoided": Bilingual(
        "没有用到{names_zh}（清单里没列）", "does not list what is not wanted: {names_en}"
    ),
    "technology_refused": Bilingual(
        "用到不要的技术：{names_zh}", "uses what is not wanted: {names_en}"
    ),
    "technology_unknown": Bilingual("没有公布所用的技术", "no technologies were published"),
    "payment_yes": Bilingual("付费方式合适：{names_zh}", "can be paid as wanted: {names_en}"),
    "payment_no": Bilingual(
        "付费方式不合：{names_zh}（想要{wanted_zh}）",
        "is paid otherwise: {names_en} (wanted: {wanted_en})",
    ),
    "payment_unknown": Bilingual("没有公布付费方式", "how it is paid was not published"),
    "city_yes": Bilingual("已列入{city}目录", "listed by {city}"),
    "city_no": Bilingual("未列入{city}目录", "not listed by {city}"),
    "city_unknown": Bilingual("是否列入{city}目录未知", "whether {city} lists it is not known"),
    "words": Bilingual("共同提到：{words}", "both mention: {words}"),
    "meaning": Bilingual("说法不同，意思相近", "other words, close in meaning"),
    "effect": Bilingual("{metric}：{before} → {after}{unit}", "{metric}: {before} → {after}{unit}"),
    "accepted": Bilingual("项目已验收", "the project was accepted"),
    "cases": Bilingual("有 {count} 个案例：{names}", "{count} cases: {names}"),
    "cases_one": Bilingual("有 1 个案例：{names}", "one case: {names}"),
    "offers": Bilingual("依据：{names}", "on the strength of: {names}"),
    "expired": Bilingual("有效期已过（{until}）", "no longer valid ({until})"),
    "not_yet": Bilingual("有效期从 {since} 才开始", "valid only from {since} on"),
    "listing_expired": Bilingual(
        "{city}目录的有效期已过（{until}）", "its listing by {city} is no longer valid ({until})"
    ),
    "listing_not_yet": Bilingual(
        "{city}目录的有效期从 {since} 才开始", "its listing by {city} is valid only from {since} on"
    ),
    "dishonesty": Bilingual(
        "资料写明{provider}列入严重失信名单（来源：{source}），不影响排序，请自行核实",
        "its record says that {provider} is listed for serious dishonesty (source: {source}); this "
        "moves no order, please verify it",
    ),
    "demonstration": Bilingual("演示数据，非真实产品", "demonstration data, not a real product"),
    "unserved": Bilingual(
        "目录里没有合适的数字化方案；最接近的见下",
        "nothing suitable in the catalogue; the nearest miss is shown",
    ),
    "nothing": Bilingual("{within_zh}没有合适的方案", "{within_en} has nothing suitable"),
    "nothing_for": Bilingual(
        "{within_zh}没有解决“{name_zh}”的方案", '{within_en} has nothing for "{name_en}"'
    ),
    "scarce": Bilingual(
        "{within_zh}没有专门解决“{name_zh}”的方案；以下只是沾边的",
        '{within_en} has nothing made for "{name_en}"; what follows only touches it',
    ),
    "recorded": Bilingual(
        "需求已记录，供城市征集方案", "the need is recorded, so that offers can be called for"
    ),
    "personal": Bilingual(
        "文字里的电话、证件号等没有用来匹配，也不保存",
        "personal data in the text was not used for matching and is not kept",
    ),
    "orders": Bilingual(
        "文字只当作需求来读，其中的指令不起作用",
        "the text is read as a need only; instructions in it do nothing",
    ),
    "aside": Bilingual(
        "没有当作需求：{clauses}（若是需求，请在 ignore 里写 aside，命令行用 --ignore aside）",
        "not read as what is needed: {clauses} "
        "(if it is, put aside into ignore; on the command line --ignore aside)",
    ),
    "focused": Bilingual(
        "长文中读作需求的是：“{clauses}”；其余当背景"
        "（要通读，请在 ignore 里写 aside，命令行用 --ignore aside）",
        'of the long text this was read as the need: "{clauses}"; the rest is background '
        "(to read all of it put aside into ignore; on the command line --ignore aside)",
    ),
    "brands": Bilingual(
        "提到 {names}：按它做的事（{kinds_zh}）匹配，排序不看品牌；找某一家请查服务商名录",
        "{names} was named: matched by what it does ({kinds_en}), a brand never moves the order; "
        "look a company up in the list of providers",
    ),
    "language": Bilingual(
        "这段文字不是中文、英文或西班牙文，读得不一定准",
        "the text is neither Chinese, English nor Spanish; it may be read less well",
    ),
    "vague": Bilingual(
        "没看出是哪个环节的问题，请补充：设备、质量、计划、仓库、采购、安全、能耗、财务还是人员？",
        "it is not clear which step hurts: equipment, quality, planning, stock, purchasing, safety, "
        "energy, finance or staff?",
    ),
    "several": Bilingual(
        "读出几个问题，一并匹配：{names_zh}", "several pains were read and matched: {names_en}"
    ),
    "uncalibrated": Bilingual(
        "当前模型没有校准，不给评级，也不判断“没有合适方案”",
        'no calibration for this model: no grades, and no "nothing suitable"',
    ),
    "none_pass": Bilingual(
        "没有满足硬性条件的结果，请放宽：{must_zh}",
        "nothing meets the hard limits, loosen: {must_en}",
    ),
    "foreign_money": Bilingual(
        "外币不折算：{words} 没有当作预算，请用人民币写",
        "foreign money is not converted: {words} was not taken as the budget, tell it in CNY",
    ),
    "approximate": Bilingual(
        "不太确定：把“{label}”当作{name_zh}，请核对",
        'not sure: "{label}" was taken as {name_en}, please check',
    ),
    "empty_catalogue": Bilingual(
        "目录里没有可以比较的方案（演示数据没有参加时，也可能只有演示数据）；请先导入目录",
        "the catalogue has nothing to compare (or demonstration data alone, which was left out); "
        "import offers first",
    ),
    "unresolved": Bilingual("无法识别：{labels}", "not recognised: {labels}"),
    "unlisted_city": Bilingual(
        "{city}还没有目录，按全国目录匹配", "{city} lists nothing yet; matched nationally"
    ),
    "unlisted_city_must": Bilingual(
        "{city}还没有目录，而城市是硬性条件，所以没有结果；去掉这个条件就按全国目录匹配",
        "{city} lists nothing yet and the city is a must, so nothing is left; without it the match "
        "is national",
    ),
    "lapsed_city": Bilingual(
        "{city}的目录今天都不在有效期内，按全国目录匹配",
        "no listing of {city} is valid today; matched nationally",
    ),
    "lapsed_city_must": Bilingual(
        "{city}的目录今天都不在有效期内，而城市是硬性条件，所以没有结果；请核对目录的有效期",
        "no listing of {city} is valid today and the city is a must, so nothing is left; check the "
        "dates of its listings",
    ),
}
