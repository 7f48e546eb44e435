"""What tells a person is masked, figures of the trade are not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.privacy import MASK, masked


@pytest.mark.parametrize(
    "personal",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "13800 138000",
        "1380013 8000",
        "+86 13800138000",
        "0086-138-0013-8000",
        "１３８００１３８０００",
        "138\u200b0013\u200b8000",
        "一三八零零一三八零零零",
        "0571-88886666",
        "(0571)88886666",
        "（0571）88886666",
        "010 6552 1234",
        "021-61234567-803",
        "0755 26712345转12",
        "400-123-4567",
        "4008123123",
        "+34 612 345 678",
        "+86 21 6123 4567",
        "zhang.san@163.com",
        "zhang.san＠163.com",
        "a @ b.cn",
        "330102199003078888",
        "33010219900307888X",
        "33010219900307888x",
        "330102 1990 0307 8888",
        "6222021234567890123",
        "6228 4804 0256 4890 018",
        "4111-1111-1111-1111",
        "ES91 2100 0418 4502 0005 1332",
        "DE89370400440532013000",
        "NL91 ABNA 0417 1643 00",
        "HEGG560427MVZRRL04",
        "li.mei at qq dot com",
        "li.mei (at) qq.com",
        "juan arroba correo punto mx",
        "087 123 4567",
        "07700 900123",
        "(555) 123-4567",
    ],
)
def test_numbers_and_addresses(personal: str) -> None:
    assert masked(f"找王工{personal}，越快越好") == f"找王工{MASK},越快越好"
    assert masked(personal) == MASK


@pytest.mark.parametrize(
    ("lead", "personal"),
    [
        ("电话", "88886666"),
        ("座机:", "6123-4567"),
        ("tel ", "8765 4321"),
        ("Tel.: ", "612 345 678"),
        ("teléfono ", "612345678"),
        ("微信", "wang_gong8"),
        ("微信号:", "zhangsan"),
        ("微信是", "abc12345"),
        ("加微信 ", "lilei2020"),
        ("微 信 ", "wanggong"),
        ("加v:", "wang888"),
        ("加vx:", "lisi2020"),
        ("V信 ", "lao_li"),
        ("wechat: ", "zhangsan"),
        ("WeChat id ", "zhang_san"),
        ("wx ", "abc123"),
        ("QQ", "12345678"),
        ("qq:", "12345678"),
        ("QQ群 ", "123456789"),
        ("QQ号是", "87654321"),
        ("扣扣 ", "123456"),
        ("q ", "123456789"),
        ("加Q:", "87654321"),
        ("DNI ", "12345678Z"),
        ("RFC: ", "GODE561231GR8"),
        ("passport no. ", "E12345678"),
        ("护照号", "EA1234567"),
        ("微信同号", "13912345678"),
    ],
)
def test_what_leads_to_a_number_stays(lead: str, personal: str) -> None:
    assert masked(f"请联系{lead}{personal}。") == f"请联系{lead}{MASK}。"


@pytest.mark.parametrize(
    "text",
    [
        "预算200000元,20万以内,三个月见效",
        "年产值50000000,300台,1200人",
        "2026-11-23 10:00 到 2026年12月31日",
        "DN150-200 M8x1.25 公差+0.05mm",
        "380V 50Hz 1500r/min",
        "企业微信对接MES",
        "微信小程序报工,微信群里发,微信支付",
        "wechat mini program for reports",
        "ISO9001:2015 GB/T 4754-2017",
        "厚度 0.01234567 mm",
        "15 30 45 60 90 120",
        "型号 6SL3210-1KE",
        "产能100000000件/年,价格 1 300 000 元",
        "Q235 钢 12345 吨,Q4 12000 件",
        "换V带,加V带,加工vx300",
        "接口wx_api",
        "一二三四五六七八九",
        "equipos 24/7, 120000 euros",
        "3000 4000 5000 6000 件",
        "Q=12000000,q 20000000 件",
        "RFC 2616, DNI electrónico",
        "DN50 1000 2000 3000 4000",
        "we are at plant two dot matrix printers",
        "型号 087 123,批号 20260630A",
        "meet at noon, sold at taobao.com",
    ],
)
def test_figures_of_the_trade_stay(text: str) -> None:
    assert masked(text) == text


@given(
    st.text(),
    st.sampled_from("3456789"),
    st.integers(0, 999_999_999),
    st.text(),
    st.sampled_from(["", " ", "-"]),
)
def test_no_mobile_number_survives(
    before: str, second: str, rest: int, after: str, gap: str
) -> None:
    digits = f"1{second}{rest:09d}"
    number = gap.join((digits[:3], digits[3:7], digits[7:]))
    found = masked(f"{before}，{number}，{after}")
    assert number not in found and digits not in re.sub("[ -]", "", found)


@given(st.text(alphabet="1380微信qQ号:@.a_+-( )电话0571wxv加", max_size=60))
def test_masking_twice_changes_nothing(text: str) -> None:
    once = masked(text)
    assert masked(once) == once


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "1",
        "138-",
        "微信",
        "微 ",
        "0571 ",
        "+1 ",
        "电话 ",
        "a@",
        "a at ",
        "a dot ",
        "ES91 ",
        "0870 ",
        "DNI ",
        "qq ",
        "wx",
        "a.",
        "加v",
    ],
)
def test_long_repetitions_end(unit: str) -> None:
    once = masked((unit * 20_000)[:20_000])
    assert masked(once) == once
