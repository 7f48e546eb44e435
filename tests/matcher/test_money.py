"""What is said of a cost, alone and against a budget."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.records import Case, Package, PriceModel, Solution
from matcher.answers.explain import render
from matcher.answers.money import cost_said, days_of
from matcher.leads.phrases import LEAD_PHRASES, render_lead

WHOLE = Package(name="标准对接", price_cny=78_000, deploy_days=30)
ADDED = Package(name="每增加一家主机厂", price_cny=15_000, deploy_days=7)
UNIT = Package(name="单台标准盒", price_cny=1_980)
SEATS = Package(name="企业版", price_cny=25, price_model=PriceModel.PER_USER_MONTH)
FREE = Package(name="免费版", price_model=PriceModel.FREE)
UNNAMED = Package(price_model=PriceModel.FREE)
OPEN = Package(price_model=PriceModel.NEGOTIABLE)
TRIED = Package(name="体验版", price_model=PriceModel.FREE)


def said(*packages: Package, budget: int | None = None) -> tuple[int, str]:
    found = cost_said(Solution(name="甲", packages=packages), packages, budget)
    assert found is not None
    return found[0], render(found[1])


@pytest.mark.parametrize(
    ("packages", "budget", "fit", "sentence"),
    [
        ([WHOLE, ADDED], None, 1, "首年费用 78,000 元"),
        ([WHOLE, ADDED], 20_000, -1, "首年费用 78,000 元起，超出预算 20,000 元"),
        ([WHOLE, ADDED], 80_000, 1, "首年费用 78,000 元，在预算 80,000 元以内"),
        ([ADDED], None, 1, "首年费用 15,000 元起"),
        ([ADDED], 20_000, 0, "首年费用 15,000 元起，视配置可能超出预算 20,000 元"),
        ([UNIT], None, 1, "首年费用每台 1,980 元起"),
        ([UNIT], 5_000, 0, "首年费用每台 1,980 元起，是否在预算 5,000 元以内要看数量"),
        ([UNIT], 1_000, -1, "首年费用每台 1,980 元起，超出预算 1,000 元"),
        ([SEATS], 5_000, 0, "首年费用每用户 300 元起，是否在预算 5,000 元以内要看数量"),
        ([FREE], None, 1, "首年费用 0 元（免费版）"),
        ([FREE], 9, 1, "首年费用 0 元（免费版）"),
        ([UNNAMED], None, 1, "首年费用 0 元"),
        ([UNNAMED], 9, 1, "首年费用 0 元，在预算 9 元以内"),
        ([TRIED], 9, 0, "首年费用 0 元（体验版）"),
        ([FREE, OPEN], None, 1, "“免费版”免费，其他套餐需询价"),
        ([UNNAMED, OPEN], 9, 0, "“免费套餐”免费，其他套餐需询价"),
        ([FREE, WHOLE], None, 1, "“免费版”免费，其他套餐首年费用 78,000 元起"),
        (
            [FREE, WHOLE],
            80_000,
            1,
            "“免费版”免费，其他套餐首年费用 78,000 元起，在预算 80,000 元以内",
        ),
        (
            [FREE, WHOLE],
            70_000,
            0,
            "“免费版”免费，其他套餐首年费用 78,000 元起，可能超出预算 70,000 元",
        ),
        (
            [FREE, SEATS],
            70_000,
            0,
            "“免费版”免费，其他套餐首年费用 300 元起，可能超出预算 70,000 元",
        ),
        ([OPEN], 9, 0, "价格未公布，需询价"),
    ],
)
def test_a_solution(packages: list[Package], budget: int | None, fit: int, sentence: str) -> None:
    assert said(*packages, budget=budget) == (fit, sentence)


@pytest.mark.parametrize(
    ("cost", "budget", "expected"),
    [
        (None, None, None),
        (None, 9, (0, "项目花费未公布", "what the project cost was not published")),
        (86_000, None, (1, "项目花费 86,000 元", "the project cost 86,000 CNY")),
        (
            86_000,
            200_000,
            (
                1,
                "项目花费 86,000 元，在预算 200,000 元以内",
                "the project cost 86,000 CNY, within the budget of 200,000 CNY",
            ),
        ),
        (
            86_000,
            50_000,
            (
                -1,
                "项目花费 86,000 元，超出预算 50,000 元",
                "the project cost 86,000 CNY, over the budget of 50,000 CNY",
            ),
        ),
    ],
)
def test_a_case_has_no_first_year(cost: int | None, budget: int | None, expected: Any) -> None:
    found = cost_said(Case(name="乙", cost_cny=cost), (), budget)
    assert (found and (found[0], render(found[1]), render(found[1], "en"))) == expected


def test_nothing_is_said_where_nothing_is_known() -> None:
    assert cost_said(Solution(name="甲"), (), None) is None


def test_days_are_of_what_can_be_bought_alone() -> None:
    solution = Solution(name="甲", packages=(WHOLE, ADDED))
    assert days_of(solution, ()) == 30
    assert days_of(solution, (ADDED,)) == 7
    assert days_of(solution, (UNIT,)) == 30
    assert days_of(Case(name="乙", duration_days=9), ()) == 9


@pytest.mark.parametrize("budget", [5_000, 1_000])
@pytest.mark.parametrize("packages", [(UNIT,), (FREE, UNIT), (FREE, WHOLE), (WHOLE,)])
def test_a_lead_tells_of_their_budget(packages: tuple[Package, ...], budget: int) -> None:
    found = cost_said(Solution(name="甲", packages=packages), packages, budget)
    assert found is not None and found[1].code in LEAD_PHRASES
    assert "对方预算" in render_lead(found[1]) and "their budget" in render_lead(found[1], "en")


def test_free_and_within_reach() -> None:
    found = cost_said(Solution(name="甲", packages=(FREE, WHOLE)), (FREE, WHOLE), 90_000)
    assert found is not None and "在对方预算 90,000 元以内" in render_lead(found[1])
