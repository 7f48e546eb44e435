"""A grid of cells → a table: its header row, and the field, unit and kind that its headers tell.

The aliases stand in ``data/columns.csv``. A header that is not there stays unknown: it is reported,
never guessed.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from openpyxl.utils.cell import get_column_letter

from catalog.errors import NOTHING, Bilingual
from catalog.identity import folded
from catalog.records import Kind

_FILE = Path(__file__).parent / "data" / "columns.csv"
_NAMES = frozenset(["product", "case_name", "provider", "enterprise", "need"])
_QUANTITIES = frozenset(["price", "deploy", "revenue_cny"])
_OF_ENTERPRISE = frozenset(
    ["credit_code", "size", "headcount", "revenue_cny", "specialised_level", "above_scale"]
)
_OF_PROVIDER = frozenset(["provider_kind", "enterprises_served", "serious_dishonesty_listed"])
_UNIT = (
    r"(?:亿|千万|百万|十万|万|千)?(?:元|人民币|rmb|cny)(?:/.+)?|万(?:/.+)?|10k\s*(?:cny|rmb)"
    r"|个?工作日|自然日|[天日月周年]|个月|小时|days?|weeks?|months?"
)
_HEADER_WITHIN = 30
MAX_COLUMNS = 500
_MAX_FILLED = 2_000_000
_NOTE = re.compile(
    r"(?:注|备注|说明|填表说明|填报说明|合计|总计|小计|制表|审核)(?:$|[\s:：、0-9一（(])"
)
_TOTALS = frozenset(["合计", "总计", "小计"])
_BRACKET = re.compile(r"\((?P<inner>[^()]*)\)$")
_SUFFIX = re.compile(r"(?<=.)(?P<inner>万元|元|天)$")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its place (from 0), the header as published, its field and declared unit.

    ``field`` is ``None`` for a header nobody knows; ``kind`` is set when the header tells the kind.
    """

    index: int
    header: str
    field: str | None = None
    unit: str = ""
    kind: Kind | None = None


Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class RowIssue:
    """One problem of one cell, row or sheet. An error rejects the row, a warning does not.

    ``row`` counts from 1 as the sheet shows it; ``column`` is the header as published.
    """

    severity: Severity
    file: str
    sheet: str | None
    row: int | None
    column: str | None
    value: str
    message: Bilingual
    expected: Bilingual = NOTHING


@dataclass(frozen=True, slots=True)
class Row:
    """One row of text under the columns of its table."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one kind in a sheet, with what was odd about them."""

    file: str
    sheet: str | None
    kind: Kind
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    issues: tuple[RowIssue, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A sheet that was not read, and why."""

    file: str
    sheet: str | None
    reason: Bilingual


Grid = list[tuple[int, list[str]]]
Merge = tuple[int, int, int, int]


@cache
def _aliases() -> dict[str, tuple[str, str, Kind | None]]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        return {
            _bare(row["header"]): (
                row["field"],
                row["unit"],
                Kind(row["kind"]) if row["kind"] else None,
            )
            for row in csv.DictReader(file)
        }


@cache
def headers() -> dict[tuple[str, str], str]:
    """The first published header of each (field, unit)."""
    found: dict[tuple[str, str], str] = {}
    with _FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault((row["field"], row["unit"]), row["header"])
    return found


def read_column(index: int, header: str) -> Column:
    """What the column under ``header`` holds; an unknown header gives a column without a field."""
    whole = _bare(header)
    for name, unit in _readings(whole):
        known = _aliases().get(name)
        if known:
            field, own_unit, kind = known
            return Column(
                index, header, field, (unit if field in _QUANTITIES else "") or own_unit, kind
            )
    return Column(index, header)


def read_header(cells: Sequence[str]) -> tuple[Column, ...]:
    """The columns under a row of headers; empty cells are left out."""
    return tuple(read_column(i, cell.strip()) for i, cell in enumerate(cells) if cell.strip())


def looks_like_header(cells: Sequence[str]) -> bool:
    """Whether a row is the header: two known headers, half of all, or a name that stands alone."""
    columns = read_header([cell if len(cell) <= 60 else "" for cell in cells])
    known = [column for column in columns if column.field]
    if len(columns) == 1:
        return bool(known) and known[0].kind is not None
    return len({column.field for column in known}) >= 2 and 2 * len(known) >= len(columns)


def kind_of(columns: Sequence[Column]) -> Kind | None:
    """The kind of record that the rows under ``columns`` are; ``None`` when they do not tell."""
    fields = {column.field for column in columns}
    marks = [column.kind for column in columns if column.kind]
    if Kind.LISTING in marks and "product" in fields:
        return Kind.LISTING
    named = [kind for kind in marks if kind in (Kind.SOLUTION, Kind.CASE)]
    if named:
        return named[0]
    if Kind.NEED in marks:
        return Kind.NEED
    if "enterprise" in fields and fields & _OF_ENTERPRISE and not fields & _OF_PROVIDER:
        return Kind.ENTERPRISE
    if Kind.PROVIDER in marks or (fields & _OF_PROVIDER and fields & _NAMES):
        return Kind.PROVIDER
    return None


def _bare(header: str) -> str:
    text = re.sub(r"[*?:“”\"'‘’]", "", folded(header))
    return re.sub(r"^(?:[0-9]{1,2}[.、]|[一二三四五六七八九十]+、)", "", text)


def _readings(whole: str) -> list[tuple[str, str]]:
    """The names that a header may be known under, each with the unit it declares."""
    readings = [(whole, "")]
    for pattern in (_BRACKET, _SUFFIX):
        found = pattern.search(whole)
        if found:
            inner = re.sub(r"^单位", "", found["inner"])
            unit = inner if re.fullmatch(_UNIT, inner) else ""
            readings.append((whole[: found.start()], "万元" if unit.startswith("10k") else unit))
    if "/" in whole:
        readings += [reading for part in whole.split("/") for reading in _readings(part)]
    return readings


def table_of(
    grid: Grid,
    name: str,
    sheet: str | None,
    merges: Iterable[Merge] = (),
    odd: Iterable[tuple[int, int, str]] = (),
) -> Table | Skipped:
    """The table in a grid: header under the title rows, merged cells filled, notes left out."""
    if not grid:
        return Skipped(name, sheet, Bilingual("空表", "empty"))
    found = next(
        (i for i, row in enumerate(grid[:_HEADER_WITHIN]) if looks_like_header(row[1])), None
    )
    if found is None:
        reason = "没有认得的表头，例如：产品名称、服务商名称、案例名称、需求描述"
        return Skipped(
            name, sheet, Bilingual(reason, "no known header such as 产品名称 or product name")
        )
    top = grid[found][0]
    merges = list(merges)
    bottom = max((r2 for _, r1, _, r2 in merges if r1 == top and r2 - r1 <= 2), default=top)
    columns = read_header(_header(grid, top, bottom, merges))
    kind = kind_of(columns)
    if kind is None:
        seen = "、".join(column.header for column in columns[:8])
        return Skipped(
            name,
            sheet,
            Bilingual(
                f"看不出是哪一类目录，表头为：{seen}", f"its kind is not told by its header: {seen}"
            ),
        )
    body = _filled([row for row in grid if row[0] > bottom], merges)
    issues = [
        *_unknown_headers(columns, name, sheet, top),
        *_odd(odd, columns, name, sheet, bottom),
    ]
    rows = []
    titles = {r1 for c1, r1, c2, _ in merges if c2 > c1}
    header = [column.header for column in columns]
    for number, texts in body:
        filled = [text for text in texts if text]
        if not filled or filled == header:
            continue
        alone = len(filled) == 1 and len(columns) > 1
        if (alone and (number in titles or _NOTE.match(filled[0]))) or filled[0] in _TOTALS:
            message = Bilingual(
                "标题、备注或合计行，未导入", "a title, note or total, not imported"
            )
            issues.append(RowIssue("warning", name, sheet, number, None, filled[0][:200], message))
            continue
        if len(texts) > columns[-1].index + 1:
            extra = "；".join(text for text in texts[columns[-1].index + 1 :] if text)
            message = Bilingual(
                "这一行比表头多出单元格，已忽略", "more cells than headers: ignored"
            )
            hint = Bilingual(
                "含逗号的单元格请加引号", "put quotes around cells that contain commas"
            )
            issues.append(
                RowIssue("warning", name, sheet, number, None, extra[:200], message, hint)
            )
        rows.append(Row(number, tuple(texts)))
    return Table(name, sheet, kind, columns, tuple(rows), tuple(issues))


def _header(grid: Grid, top: int, bottom: int, merges: Iterable[Merge]) -> list[str]:
    """The header of one to three rows; a header over several columns goes before theirs."""
    rows = {number: texts for number, texts in grid if top <= number <= bottom}
    width = max(len(texts) for texts in rows.values())
    for c1, r1, c2, _ in merges:
        texts = rows.get(r1, [])
        if c2 > c1 and c1 <= len(texts) and bottom > top:
            width = max(width, min(c2, MAX_COLUMNS))
            texts += [""] * (width - len(texts))
            texts[c1 - 1 : c2] = [texts[c1 - 1]] * (min(c2, len(texts)) - c1 + 1)
    levels = [rows.get(number, []) for number in range(top, bottom + 1)]
    return [
        "/".join(dict.fromkeys(level[at] for level in levels if at < len(level) and level[at]))
        for at in range(width)
    ]


def _filled(body: Grid, merges: Iterable[Merge]) -> Grid:
    """The rows with every cell of a vertical merge filled from its first."""
    by_number = dict(body)
    left = _MAX_FILLED
    for c1, r1, _, r2 in merges:
        first = by_number.get(r1, [])
        if r2 == r1 or c1 > len(first) or not first[c1 - 1]:
            continue
        left -= r2 - r1
        for number in range(r1 + 1, r2 + 1 if left > 0 else r1):
            texts = by_number.get(number)
            if texts is not None:
                texts += [""] * (c1 - len(texts))
                texts[c1 - 1] = first[c1 - 1]
    return body


def _unknown_headers(
    columns: Iterable[Column], name: str, sheet: str | None, row: int
) -> Iterator[RowIssue]:
    for column in columns:
        if column.field is None:
            message = Bilingual("不认得的列，未导入", "an unknown column, not imported")
            yield RowIssue("warning", name, sheet, row, column.header, column.header, message)


def _odd(
    cells: Iterable[tuple[int, int, str]],
    columns: Iterable[Column],
    name: str,
    sheet: str | None,
    after: int,
) -> Iterator[RowIssue]:
    """One warning for each column with formulas or spreadsheet errors, naming the first row."""
    headers = {column.index: column.header for column in columns}
    messages = {
        "cached": Bilingual("公式，用了保存的结果", "formulas: their saved results were used"),
        "": Bilingual(
            "公式没有保存结果，按空处理", "formulas without a saved result: read as empty"
        ),
        "error": Bilingual("单元格是错误值，按空处理", "spreadsheet errors: read as empty"),
    }
    seen = [cell for cell in cells if cell[0] > after]
    number = Counter((at, what) for _, at, what in seen)
    first = {(at, what): row for row, at, what in reversed(seen)}
    for (at, what), row in first.items():
        header = headers.get(at, get_column_letter(at + 1))
        hint = Bilingual("请选择性粘贴为数值", "paste the cells as values")
        count = f"{number[at, what]} 个单元格 / cells"
        yield RowIssue("warning", name, sheet, row, header, count, messages[what], hint)


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
    "lang": {"中文": "zh", "汉语": "zh", "英文": "en", "英语": "en", "其他": "other"},
    "technologies": {"人工智能": "AI", "ai": "AI", "物联网": "IoT", "iot": "IoT", "5g": "5G"}
    | {"云计算": "cloud", "机器视觉": "machine_vision", "rfid": "RFID", "数字孪生": "digital_twin"}
    | {"低代码": "low_code", "数据要素": "data_element", "大数据": "big_data", "边缘计算": "edge"},
}
"""Cell words by field, folded, beside the value they stand for."""
