"""Words in cells (小型, 民营, 一次性) → the values of `catalog.records` that they stand for."""

from __future__ import annotations

from catalog.identity import folded

WORDS: dict[str, dict[str, str]] = {
    "size": {"微型": "micro", "小型": "small", "中型": "medium", "大型": "large"}
    | {"微": "micro", "小": "small", "中": "medium", "大": "large"}
    | {"微型企业": "micro", "小型企业": "small", "中型企业": "medium", "大型企业": "large"},
    "ownership": {"民营": "private", "民营企业": "private", "私营": "private"}
    | {"国有": "state", "国企": "state", "国有企业": "state", "国有控股": "state", "央企": "state"}
    | {"外资": "foreign", "外企": "foreign", "外资企业": "foreign", "外商投资": "foreign"}
    | {"混合": "mixed", "合资": "mixed", "混合所有制": "mixed", "中外合资": "mixed"}
    | {"集体": "collective", "集体企业": "collective"},
    "provider_kind": {"综合集成": "integrator", "综合": "integrator", "集成商": "integrator"}
    | {"综合型": "integrator", "系统集成": "integrator", "综合服务商": "integrator"}
    | {"产品": "product", "产品型": "product", "小快轻准产品": "product", "小快轻准": "product"}
    | {"非综合": "product", "链主": "chain_leader", "链主企业": "chain_leader"},
    "specialised_level": {"无": "none", "否": "none", "创新型": "innovative"}
    | {"创新型中小企业": "innovative", "省级": "provincial", "省级专精特新": "provincial"}
    | {"专精特新": "provincial", "专精特新中小企业": "provincial", "国家级": "national"}
    | {"小巨人": "national", "国家级小巨人": "national", "专精特新小巨人": "national"},
    "review_status": {"书面评审": "desk_review", "形式审查": "desk_review"}
    | {"现场评审": "site_review", "现场核查": "site_review", "技术测试": "technical_test"}
    | {"入库": "listed", "已入库": "listed", "入选": "listed", "通过": "listed"},
    "price_model": {"一次性": "one_off", "买断": "one_off", "一次性付费": "one_off"}
    | {"按年": "yearly", "年费": "yearly", "年付": "yearly", "按月": "monthly", "月费": "monthly"}
    | {"月付": "monthly", "按用户": "per_user_month", "按用户按月": "per_user_month"}
    | {"免费": "free", "开源免费": "free", "分成": "shared_savings", "效益分成": "shared_savings"}
    | {"面议": "negotiable", "协商": "negotiable"},
    "delivery_mode": {"现场": "onsite", "现场实施": "onsite", "本地部署": "onsite"}
    | {"远程": "remote", "远程实施": "remote", "云": "remote", "云端": "remote", "saas": "remote"}
    | {"云部署": "remote", "混合": "mixed", "现场+远程": "mixed", "混合部署": "mixed"},
    "cost_kinds": {"软件": "software", "软件费": "software", "云": "cloud", "云服务": "cloud"}
    | {"设备": "device", "硬件": "device", "咨询": "consulting", "咨询服务": "consulting"},
    "ip": {"自主": "own", "自有": "own", "自主知识产权": "own", "是": "own", "授权": "licensed"}
    | {"代理": "licensed", "开源": "open_source"},
    "values": {"创新": "innovation", "市场": "market", "提质": "quality", "质量": "quality"}
    | {"降本": "cost", "成本": "cost", "增效": "efficiency", "效率": "efficiency"}
    | {"绿色": "green", "节能": "green", "安全": "safety"},
    "barrier": {"不愿": "unwilling", "不愿转": "unwilling", "不敢": "afraid", "不敢转": "afraid"}
    | {"不会": "unable", "不会转": "unable"},
    "lang": {"中文": "zh", "汉语": "zh", "英文": "en", "英语": "en", "其他": "other"}
    | {"西班牙文": "es", "西班牙语": "es", "西语": "es", "chinese": "zh", "english": "en"}
    | {"spanish": "es", "español": "es"},
    "technologies": {"人工智能": "AI", "ai": "AI", "物联网": "IoT", "iot": "IoT", "5g": "5G"}
    | {"云计算": "cloud", "云": "cloud", "上云": "cloud", "saas": "cloud", "rfid": "RFID"}
    | {"机器视觉": "machine_vision", "视觉检测": "machine_vision", "数字孪生": "digital_twin"}
    | {"低代码": "low_code", "数据要素": "data_element", "大数据": "big_data", "边缘计算": "edge"},
}
"""Published words by field, beside the value they stand for."""

VALUES: dict[str, dict[str, str]] = {
    name: {folded(value): value for value in words.values()}
    | {folded(word): value for word, value in words.items()}
    for name, words in (*WORDS.items(), ("sizes", WORDS["size"]))
}
"""Words and values by field, folded as cells are compared, beside the value."""

YES = frozenset(["是", "有", "yes", "y", "true", "1", "√", "✓", "已验收", "通过", "同意", "已通过"])
NO = frozenset(["否", "no", "n", "false", "0", "×", "x", "未验收", "未通过", "不同意"])
CONSENT = YES | frozenset(
    [
        "公开",
        "授权",
        "愿意",
        "可以",
        "可公开",
        "允许",
        "已授权",
        "已同意",
        "同意公开",
        "同意授权",
        "授权公开",
    ]
)
REFUSAL = NO | frozenset(
    [
        "不公开",
        "不授权",
        "未授权",
        "不愿意",
        "不可以",
        "不可公开",
        "不允许",
        "不同意公开",
        "拒绝",
        "保密",
    ]
)
"""Words of consent and of its refusal, beside those of any question."""
