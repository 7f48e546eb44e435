"""How a need wants to pay: read, held against what is published, costed so, and corrected."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from catalog.payments import PAYMENTS, payment_tags
from catalog.records import Listing, Package, PriceModel, Solution
from matcher.answers.explain import render
from matcher.errors import InvalidNeed
from matcher.index.costs import payment_bits
from matcher.limits import read_limits
from matcher.limits.payment import payments
from matcher.types import Constraint, Match, MatchQuery
from matcher.understanding.asked import asked
from matcher.wishes import counted_limits, with_limits
from tests.conftest import Built

ONE_OFF, YEARLY, MONTHLY = ("one_off",), ("yearly",), ("monthly",)
RECURRING = ("yearly", "monthly")
FREE, SAVINGS = ("free",), ("shared_savings",)


def read(text: str, **asked_for: Any) -> MatchQuery:
    """The query of ``text`` as a match understands it."""
    query = MatchQuery(text, **asked_for)
    return with_limits(query, read_limits(asked(text).text, date(2026, 6, 15)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一次性付清不要年费，管模具", ONE_OFF),
        ("不想月月交钱，想把库存管起来", ONE_OFF),
        ("不要月租的，仓库管理", ONE_OFF),
        ("年费的不考虑，生产报工", ONE_OFF),
        ("能不能一次买断，设备点检", ONE_OFF),
        ("永久授权的排产软件", ONE_OFF),
        ("唔要月費，一次過買斷，管模具用", ONE_OFF),
        ("要終身版，管倉庫", ONE_OFF),
        ("有没有买断的WMS", ONE_OFF),
        ("年年交服务费受不了，想换个管库存的", ONE_OFF),
        ("不要按人头收月费的，考勤", ONE_OFF),
        ("别给我推年年交钱的，质检记录", ONE_OFF),
        ("没有月租的考勤软件", ONE_OFF),
        ("不想被年费绑住，做排产", ONE_OFF),
        ("买断制的进销存", ONE_OFF),
        ("有没有不收月费的打卡软件", ONE_OFF),
        ("一次交清以后不再收费的MES", ONE_OFF),
        ("想按年付，上MES", YEARLY),
        ("包年也行，客户跟单", YEARLY),
        ("最好能按年交费，工单管理", YEARLY),
        ("不要月付，按年付可以，工单管理", YEARLY),
        ("按月付的MES", MONTHLY),
        ("要按月订阅，考勤", MONTHLY),
        ("一次性付不起，能按月付吗，找料难", MONTHLY),
        ("月付就行，报价管理", MONTHLY),
        ("最好先租后买，质检软件", RECURRING),
        ("想租软件用，排产", RECURRING),
        ("买断太贵，图纸管理", RECURRING),
        ("想订阅一套质量系统", RECURRING),
        ("訂閱制的可以，採購管理", RECURRING),
        ("买断或者按年付都可以，图纸管理", ("one_off", "yearly")),
        ("免费的有没有，管考勤", FREE),
        ("有没有免费的仓库软件", FREE),
        ("最好不花钱的，记账", FREE),
        ("按效果付费，节能改造", SAVINGS),
        ("节电分成的有没有，空压机耗电大", SAVINGS),
        ("one-off licence, no subscription; need stock control", ONE_OFF),
        ("no subscription please, stock control", ONE_OFF),
        ("no monthly fees, quality records", ONE_OFF),
        ("we don't want to pay every year, machine downtime", ONE_OFF),
        ("looking for a perpetual license ERP", ONE_OFF),
        ("buy once, no rent: job costing", ONE_OFF),
        ("hate subscriptions, just want to track tools", ONE_OFF),
        ("I'd rather buy it outright. Our scheduling is chaos", ONE_OFF),
        ("pay monthly if possible, inventory app", MONTHLY),
        ("would prefer to pay by the month. We need shop floor reporting", MONTHLY),
        ("annual subscription is fine, maintenance planning", YEARLY),
        ("happy with a subscription, purchasing approvals", RECURRING),
        ("rent to own would be best, quality records", RECURRING),
        ("is there something free for timesheets", FREE),
        ("looking for free software for invoices", FREE),
        ("shared savings please, compressed air", SAVINGS),
        ("can we pay yearly? job costing", YEARLY),
        ("we can't pay big money upfront, monthly is ok, inventory", MONTHLY),
        ("no lock-in, no subscription, just a licence: MES", ONE_OFF),
        ("sin suscripción, control de inventario", ONE_OFF),
        ("pago único, mantenimiento de máquinas", ONE_OFF),
        ("sin cuotas mensuales, nóminas", ONE_OFF),
        ("nada de mensualidades, compras", ONE_OFF),
        ("no queremos pagar cada mes, almacén", ONE_OFF),
        ("queremos pagar por mes, producción", MONTHLY),
        ("con pago anual, calidad", YEARLY),
        ("preferimos suscripción, calidad", RECURRING),
        ("algo gratis para facturas", FREE),
        ("que no sea por suscripción, calidad", ONE_OFF),
        ("prefiero pagar de una vez, compras", ONE_OFF),
    ],
)
def test_a_wish(text: str, expected: tuple[str, ...]) -> None:
    query = read(text)
    assert set(query.payments) == set(expected)
    assert Constraint.PAYMENT not in query.must


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("只要买断的，仓库管理", ONE_OFF),
        ("我们只买断不租，财务", ONE_OFF),
        ("軟件必須買斷，財務", ONE_OFF),
        ("坚决不要订阅的，采购", ONE_OFF),
        ("订阅制免谈，排产", ONE_OFF),
        ("只接受一次性付费，上ERP", ONE_OFF),
        ("只能按月付，出入库记账", MONTHLY),
        ("must be a one-time purchase, scheduling", ONE_OFF),
        ("never a subscription, purchasing", ONE_OFF),
        ("subscription only, tool tracking", RECURRING),
        ("solo licencia perpetua, inventario", ONE_OFF),
    ],
)
def test_a_limit(text: str, expected: tuple[str, ...]) -> None:
    query = read(text)
    assert set(query.payments) == set(expected)
    assert Constraint.PAYMENT in query.must


@pytest.mark.parametrize(
    "text",
    [
        "月租仓库到期，找不到货",
        "员工月薪老算错",
        "客户按月结款，对账慢",
        "货款月结，应收乱",
        "我们每年付电费三百万，想省电",
        "年费会员卡厂，排产乱",
        "做会员卡的，年费卡老印错",
        "用友按年付的在用，仓库乱",
        "一次性手套厂，批次追不到",
        "一次性合格率低",
        "一次性餐盒订单多，排不过来",
        "客户要一次性付清才发货，回款慢",
        "免费返工太多",
        "保修期内免费维修登记乱",
        "厂房租金按年付，一年八十万，电费高",
        "设备融资租赁到期，想管台账",
        "租赁公司，塔吊租金月月对不上账",
        "工人工资月付老拖",
        "每个月付给供应商的钱对不清",
        "会员年费提醒，续费没人管",
        "想做年费管理，客户多",
        "订阅杂志印刷厂排产乱",
        "版权买断的图案没人管",
        "经销商买断的货窜货",
        "下月付款计划排不出来",
        "上半年付了多少模具费查不到",
        "免费试用过几个都不好用，想管仓库",
        "年费没人记得交，老断网",
        "服务费收不回来，对账难",
        "按月付工资算不清",
        "月供压力大，客户拖款",
        "要交年费了，没人提醒",
        "怎么按月统计产量",
        "包月快递费对账",
        "做软件订阅业务的公司，客户续费管理",
        "供应商要我们年付，付款计划乱",
        "工装一次性投入大，寿命没人管",
        "永久授权的加密狗老丢",
        "公司有免费WiFi，老断网",
        "我们的ERP年费又涨了，仓库还是乱",
        "我们给客户按年收服务费，总漏收",
        "the subscription we have is fine, but stock is a mess",
        "our customers pay monthly and invoices are late",
        "workers are paid monthly, payroll takes days",
        "one-off parts, no two jobs the same",
        "one-off orders are hard to schedule",
        "one-off purchase orders get lost",
        "we sell subscription boxes and stock is wrong",
        "we rent forklifts by the month and lose track",
        "annual fee reminders to members get forgotten",
        "sugar-free candy maker, batches get mixed",
        "free samples get lost",
        "lead-free solder line, too many defects",
        "no free capacity, orders are late",
        "tenants pay yearly and nobody checks",
        "we already pay for a yearly licence nobody uses, need stock control",
        "clientes pagan mensualmente y no cuadra la caja",
        "envío gratis de muestras sin control",
        "piezas únicas, cada pedido distinto",
        "el alquiler mensual de la nave sube, queremos ahorrar luz",
        "los proveedores quieren pago único",
        "imprimimos una revista con suscripción, la producción se atrasa",
        "cuotas de producción que no se cumplen",
        "Our SaaS subscription renews in May and nobody uses it, inventory is wrong",
        "pay once a week our drivers and sums are wrong",
        "I want to free my planner from Excel",
        "want to rent half my workshop out",
        "pagamos cuotas mensuales a un ERP que nadie usa, inventario mal",
    ],
)
def test_what_others_pay_and_what_is_only_spoken_of(text: str) -> None:
    assert read(text).payments == ()


def test_each_thing_said_with_its_words() -> None:
    told = [(one.value, one.refused, one.words) for one in payments("年费不要,要买断的")]
    assert told == [("one_off", False, "要买断"), ("yearly", True, "年费不要")]


def test_a_clause_that_tells_how_to_pay_alone_is_set_aside() -> None:
    need = asked("按月付就行，仓库找不着料")
    assert (need.text, need.aside) == ("仓库找不着料", ("按月付就行",))
    assert asked("按月付的MES，要便宜").text == "按月付的MES,要便宜"


@pytest.mark.parametrize(
    "given",
    [
        {"payments": ("yearly",)},
        {"ignore": frozenset(["payment"])},
        {"ignore": frozenset(["aside"])},
    ],
)
def test_what_the_caller_says_wins(given: Any) -> None:
    query = MatchQuery("只要买断的，仓库找不着料", **given)
    assert with_limits(query, ()) == query


def test_what_is_read_and_does_not_count_is_not_listed() -> None:
    text = "不要月租,按年付可以,找料难"
    limits = read_limits(text, date(2026, 6, 15))
    query = with_limits(MatchQuery(text, ignore=frozenset(["aside"])), limits)
    assert query.payments == ("yearly",)
    assert [one.value for one in counted_limits(query, limits)] == ["yearly", "monthly"]
    other = MatchQuery(text, payments=("monthly",), ignore=frozenset(["aside"]))
    assert counted_limits(with_limits(other, limits), limits) == ()


def test_wanted_here_and_refused_there_says_nothing() -> None:
    limits = [*payments("想按年付"), *payments("不要按年付")]
    query = MatchQuery("想按年付")
    assert with_limits(query, limits) == query


@pytest.mark.parametrize(
    ("said", "tags"),
    [
        ("买断", ONE_OFF),
        ("按用户", MONTHLY),
        ("Monthly payment", MONTHLY),
        ("订阅", RECURRING),
        ("面议", ("面议",)),
    ],
)
def test_a_way_to_pay_by_its_name(said: str, tags: tuple[str, ...]) -> None:
    assert payment_tags(said) == tags


def test_bits() -> None:
    every = [payment_bits([tag]) for tag in PAYMENTS]
    assert len(set(every)) == len(every) and payment_bits(PAYMENTS) == sum(every) < 1 << 8
    assert payment_bits(["free", "free"]) == payment_bits(["free"])


def paid(model: PriceModel | None, price: int | None = None) -> Package:
    return Package(price_cny=price, price_model=model)


PACKAGES = {
    "甲": (paid(PriceModel.NEGOTIABLE), paid(None, 5_000)),
    "乙": (paid(PriceModel.YEARLY, 8_000),),
    "丙": (paid(PriceModel.ONE_OFF, 90_000), paid(PriceModel.YEARLY, 8_000)),
    "丁": (paid(PriceModel.FREE),),
}


class TestAnswers:
    """On the tiny catalogue, with offers of the same words laid over it."""

    @pytest.fixture
    def offers(self, built: Built) -> Built:
        """Nobody says how; yearly; once or yearly; free."""
        with built.store.writing("test") as writer:
            for name, packages in PACKAGES.items():
                text = "库位管理 找料 仓库"
                writer.put(Solution(name=name, description=text, packages=packages))
        return built

    def found(self, built: Built, text: str = "仓库找料", **asked_for: Any) -> dict[str, Match]:
        answer = built.matcher.match(MatchQuery(text, limit=100, **asked_for))
        return {one.record.name: one for one in answer.solutions}

    def codes(self, match: Match, what: str) -> list[str]:
        told = (*match.reasons, *match.misfits, *match.unknowns)
        return [one.code for one in told if one.code.startswith(what)]

    def test_reasons_misfits_and_unknowns(self, offers: Built) -> None:
        found = self.found(offers, payments=ONE_OFF)
        assert [self.codes(found[name], "payment") for name in "甲乙丙丁"] == [
            ["payment_unknown"],
            ["payment_no"],
            ["payment_yes"],
            ["payment_yes"],
        ]
        shares = [found[name].signals.constraints for name in "甲乙丙丁"]
        assert shares[2] == shares[3] > shares[0] > shares[1]

    def test_the_sentences(self, offers: Built) -> None:
        found = self.found(offers, payments=ONE_OFF)
        ((why_not),) = [one for one in found["乙"].misfits if one.code == "payment_no"]
        assert render(why_not, "zh") == "付费方式不合：按年付（想要一次性付清）"
        assert (
            render(why_not, "en") == "is paid otherwise: yearly payment (wanted: one-off payment)"
        )

    def test_a_hard_limit_drops_a_known_no(self, offers: Built) -> None:
        found = self.found(offers, "只要买断的，仓库找料")
        assert found.keys() & {*PACKAGES} == {"甲", "丙", "丁"}

    def test_a_budget_is_held_against_what_is_paid_so(self, offers: Built) -> None:
        budget = {
            name: self.codes(one, "budget")
            for name, one in self.found(offers, budget_cny=50_000).items()
        }
        assert budget["丙"] == ["budget_yes"]
        asked_for: Any = {"budget_cny": 50_000, "payments": ONE_OFF}
        found = self.found(offers, **asked_for)
        assert self.codes(found["丙"], "budget") == ["budget_no"]
        assert self.codes(found["乙"], "budget") == ["budget_yes"]
        assert self.codes(found["丁"], "budget") == ["budget_yes"]
        hard = self.found(offers, must=frozenset([Constraint.BUDGET]), **asked_for)
        assert hard.keys() & {*PACKAGES} == {"甲", "乙", "丁"}

    def test_a_city_may_sell_otherwise(self, offers: Built) -> None:
        with offers.store.writing("test") as writer:
            for name, package in (("乙", paid(PriceModel.ONE_OFF, 20_000)), ("丁", paid(None))):
                writer.put(
                    Listing(name=name, city="宁波", solution={"name": name}, packages=(package,))
                )
        found = self.found(offers, payments=ONE_OFF, city="宁波", budget_cny=30_000)
        assert self.codes(found["乙"], "payment") == ["payment_yes"]
        assert self.codes(found["乙"], "budget") == ["budget_yes"]
        assert self.codes(found["丁"], "payment") == ["payment_yes"]  # the city leaves it open

    @pytest.mark.parametrize(
        ("asked_for", "field"),
        [
            ({"payments": ("贝壳",)}, "payments"),
            ({"must": frozenset([Constraint.PAYMENT])}, "must"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, tiny: Built, asked_for: Any, field: str) -> None:
        with pytest.raises(InvalidNeed) as refused:
            self.found(tiny, **asked_for)
        assert refused.value.field == field

    def test_how_to_pay_alone_is_no_need(self, tiny: Built) -> None:
        with pytest.raises(InvalidNeed):
            self.found(tiny, "只要买断的")
