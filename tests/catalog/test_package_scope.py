"""What a package buys, by its price model, name and published price."""

from __future__ import annotations

import csv
import json
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from catalog.package_scope import Scope, sold_as
from catalog.records import Package, PriceModel


def names(text: str) -> list[str]:
    return text.split()


ALONE = names(
    """
    标准版 基础版(200副) 5账号 10台机以内 含10台机接入 企业版(含余料库) 软件+48格刀柜 仅软件 年付 买断
    一次性 一次诊断 一次买断 一年 按年 按月 按项目 按年监测 首年服务包 续航版 一期 整厂 整线 单车间版
    一车间 一仓 单店版 两车间 双台 三台试点 十台起步包 五槽起步 二十机版 十测点 升级版 扩展版 增强版
    增值服务 旧检线加装 改造现有筛选机 老设备加装传感器 含加装服务 基础版+扩展包 企业版(含运维服务)
    接口+规则 工单台账版 订单机器人版 单机版 单人版 一站式服务 一体机 一机一码 一线员工版 机床版 平台版
    Standard Starter-for-5-machines Pro-(unlimited-users) Pilot Online-edition
    """
)
ADD_ONS = names(
    """
    每增一线 每增加一家主机厂 每台增配 增加用户 单台增补 无人磅加装 加装传感器 加一道剪切线 追加线
    扩展每罐 扩展包 升级包 续年 次年更新 年度运维 维保 季度陪跑 现场实施 平台年费 Add-on Extra-licence
    additional-line each-additional-machine renewal maintenance-fee
    """
)
TRIALS = names(
    """
    试用月租 单仓试用 免费试用一个月 1台试用 体验版 只做诊断 免费诊断 POC验证 30-day-trial demo
    """
)
UNITS = {
    "单台标准盒": ("台", "machine"),
    "单台": ("台", "machine"),
    "单机": ("台", "machine"),
    "单切割机": ("台", "machine"),
    "一台压机": ("台", "machine"),
    "一机一套": ("台", "machine"),
    "网关(单台)": ("台", "machine"),
    "二十台起": ("台", "machine"),
    "按焊机台数": ("台", "machine"),
    "单机授权": ("台", "machine"),
    "四台一盒": ("盒", "box"),
    "单线版": ("条线", "line"),
    "一条线": ("条线", "line"),
    "每条产线": ("条线", "line"),
    "单工位整机": ("工位", "station"),
    "单座焦炉": ("座", "plant"),
    "每万锭": ("万锭", "10,000 spindles"),
    "按床计": ("床", "cutting bed"),
    "按产品订阅": ("产品", "product"),
    "单产品族": ("产品族", "product family"),
    "每账号每年": ("账号", "account"),
    "按次付费": ("次", "use"),
    "代排图(每套)": ("套", "set"),
    "per machine": ("台", "machine"),
    "Single camera": ("台相机", "camera"),
    "one line": ("条线", "line"),
    "Licence per user": ("用户", "user"),
}


def scope_of(name: str) -> Scope:
    return sold_as(Package(name=name.replace("-", " "))).scope


@pytest.mark.parametrize("name", ALONE)
def test_what_can_be_bought_alone(name: str) -> None:
    assert scope_of(name) is Scope.ALONE


@pytest.mark.parametrize("name", ADD_ONS)
def test_what_is_added_to_another_package(name: str) -> None:
    assert scope_of(name) is Scope.ADD_ON


@pytest.mark.parametrize("name", TRIALS)
def test_what_is_a_try(name: str) -> None:
    assert scope_of(name) is Scope.TRIAL


@pytest.mark.parametrize("name", UNITS)
def test_what_is_one_of_many(name: str) -> None:
    sold = sold_as(Package(name=name))
    assert sold.scope is Scope.UNIT and sold.unit is not None and sold.stands
    assert (sold.unit.zh, sold.unit.en) == UNITS[name]


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("2万元/台", "台"),
        ("500元/用户", "用户"),
        ("3000元每点起", "点"),
        ("1.2万元/个工位", "工位"),
        ("800元/人天", "人天"),
        ("2,000 CNY per machine", "台"),
        ("5万元/套", None),
        ("5万元/年", None),
        ("面议", None),
    ],
)
def test_a_published_price_tells_its_unit(text: str, unit: str | None) -> None:
    sold = sold_as(Package(name="标准版", price_text=text))
    assert (sold.unit.zh if sold.unit else None) == unit


def test_the_price_model_counts_before_the_name() -> None:
    assert sold_as(Package(name="单台", price_model=PriceModel.FREE)).scope is Scope.ALONE
    per_user = sold_as(Package(name="五人", price_model=PriceModel.PER_USER_MONTH))
    assert per_user.unit is not None and per_user.unit.en == "user"
    assert sold_as(Package(name="体验版", price_model=PriceModel.FREE)).scope is Scope.TRIAL
    assert sold_as(Package()).scope is Scope.ALONE


def test_the_samples() -> None:
    """Counts over the packages of the samples, each of which was read by eye."""
    found: Counter[Scope] = Counter()
    for path in sorted((Path(__file__).parents[2] / "samples").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            packages = json.loads(line).get("packages", [])
            found.update(sold_as(Package(**package)).scope for package in packages)
    assert found == {Scope.ALONE: 299, Scope.UNIT: 81, Scope.ADD_ON: 17, Scope.TRIAL: 4}


def test_words_are_told_once() -> None:
    text = files("catalog").joinpath("data", "package_words.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    words = [row["words"] for row in rows]
    assert len(words) == len(set(words))
    for row in rows:
        assert bool(row["zh"] and row["en"]) is (row["means"] in ("unit", "use", "set")), row
