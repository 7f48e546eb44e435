"""The tables of one run, and the goals that the project has set itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench.tables import number, table

_OURS = "**qingzhun**"


def report(results: dict[str, Any]) -> str:
    """Everything that was measured, as markdown."""
    settings = results["settings"]
    parts = [
        f"{results['date']}. {results['machine']}. `{results['command']}`.",
        f"{settings['offers']:,} 条供给、{settings['needs']:,} 条需求；供给的向量由 "
        f"{settings['encoded']:,} 条真实编码推出（词解释方差 {settings['explained']:.2f}）。"
        f"{settings['offers']:,} offers and {settings['needs']:,} needs; the offers' vectors are drawn "
        f"from {settings['encoded']:,} encoded ones (words explain {settings['explained']:.2f} of their "
        f"variance). 筛选 / filters: {_filters(settings)}.",
        "×: p50 / 轻准的 p50；p50 of a system over that of Qingzhun. short: 不足 10 条 / fewer "
        "than ten answers.",
        "### 端到端 / End to end: own encoding, whole answer",
        _end_to_end(results["systems"]),
        "### 只搜向量 / Search alone: the vectors are given",
        _search(results["systems"]),
        "### 下限 / The floor",
        _floor(results["floor"]),
        "### 各步 / Steps of a match",
        _steps(results["ours"]),
        "### 目标 / Goals",
        _goals(results),
    ]
    if results["growth"]:
        parts += ["### 增长 / Growth", _growth(results["growth"])]
    parts += ["### 各系统设置 / Settings of each system", _settings(results["systems"])]
    return "\n\n".join(parts)


def _filters(settings: dict[str, Any]) -> str:
    asked = "; ".join(f"{sector} + {scenario}" for sector, scenario in settings["asked"])
    return f"10 % = sector, 1 % = sector + scenario ({asked}, by turns)"


def _end_to_end(systems: list[dict[str, Any]]) -> str:
    rows = []
    for one in systems:
        if "error" in one:
            rows.append(_failed(one, 12))
            continue
        match = one["match"]
        rows.append(
            [
                _name(one),
                *(
                    cell
                    for name in match
                    for cell in (
                        _against(match[name]["p50"], systems[0], "match", name, 1),
                        number(match[name]["p95"]),
                    )
                ),
                number(match["none"]["per_s"]),
                number(one["encode_ms"]["p50"]),
                number(one["offers_encoded_per_s"], 0),
                number(one["match_build_s"] + one["build_s"]),
                number(one["match_memory_mb"], 0),
                number(one["ndcg10"]["final"], 3),
            ]
        )
    head = ["system"]
    head += [f"{name}: {column}" for name in _filter_names(systems) for column in ("p50 ms", "p95")]
    head += ["needs/s", "encode p50 ms", "offers encoded/s", "build s", "memory MB", "nDCG@10"]
    return table(head, rows)


def _search(systems: list[dict[str, Any]]) -> str:
    rows = []
    for one in systems:
        if "error" in one:
            rows.append(_failed(one, 15))
            continue
        row = [_name(one)]
        for name, measured in one["search"].items():
            share, short = one["recall_search"][name]
            row += [
                _against(measured["p50"], systems[0], "search", name, 2),
                number(measured["p95"], 2),
                number(measured["per_s"], 0),
                f"{share:.3f}" + (f" ({short:.0%} short)" if short else ""),
            ]
        rows.append([*row, number(one["build_s"]), number(one["search_memory_mb"], 0)])
    head = ["system"]
    for name in _filter_names(systems):
        head += [f"{name}: p50 ms", "p95", "needs/s", "recall@10"]
    return table([*head, "build s", "memory MB"], rows)


def _floor(floor: dict[str, dict[str, float]]) -> str:
    return table(
        ["work", "p50 ms", "p95 ms", "per s"],
        (
            [name, number(one["p50"], 2), number(one["p95"], 2), number(one["per_s"], 0)]
            for name, one in floor.items()
        ),
    )


def _steps(ours: dict[str, Any]) -> str:
    if "error" in ours:
        return str(ours["error"])
    rows = [
        [name, number(one["p50"], 2), number(one["p95"], 2)] for name, one in ours["steps"].items()
    ]
    rows += [
        [f"all but encoding, filter {name}", number(one["p50"], 2), number(one["p95"], 2)]
        for name, one in ours["answered"].items()
    ]
    return table(["step", "p50 ms", "p95 ms"], rows)


def _goals(results: dict[str, Any]) -> str:
    return table(["goal", "wanted", "measured", ""], _goal_rows(results))


def _goal_rows(results: dict[str, Any]) -> Iterator[list[str]]:
    ours, floor = results["ours"], results["floor"]
    peers = [one for one in results["systems"][1:] if "error" not in one]
    if "error" in ours:
        return
    script = next((one for one in peers if one["name"] == "script"), None)
    if script:
        ratio = ours["encode_ms"]["p50"] / script["encode_ms"]["p50"]
        yield _goal("query encoding / plain SentenceTransformer.encode", 0.5, ratio)
        ratio = ours["offers_encoded_per_s"] / script["offers_encoded_per_s"]
        yield _goal("bulk encoding / plain SentenceTransformer.encode", 1.5, ratio, least=True)
    # The bare product on as many threads as are quicker.
    bound = 2 * min(floor["product"]["p50"], floor["product, 1 thread"]["p50"]) + 3
    for name, one in ours["answered"].items():
        yield _goal(f"match without encoding, filter {name}, p50 ms", bound, one["p50"])
    for name in ours["match"]:
        if peers:
            best = min(peers, key=lambda one: one["match"][name]["p50"])
            said = f"end to end, filter {name}, p50 / fastest peer ({best['name']})"
            yield _goal(said, 1.0, ours["match"][name]["p50"] / best["match"][name]["p50"])
            best = min(peers, key=lambda one: one["search"][name]["p50"])
            said = f"search alone, filter {name}, p50 / fastest peer ({best['name']})"
            yield _goal(said, 1.0, ours["search"][name]["p50"] / best["search"][name]["p50"])
        yield _goal(f"recall@10 of a match, filter {name}", 1.0, ours["recall"][name], least=True)
    for row in results["growth"]:
        if row["offers"] == results["settings"]["offers"] and "http" in row:
            bound = 1.25 * (ours["encode_ms"]["p50"] + 8)
            yield _goal("over HTTP, one client, p50 ms", bound, row["http"]["1"]["p50"])


def _goal(name: str, bound: float, measured: float, least: bool = False) -> list[str]:
    met = measured >= bound if least else measured <= bound
    sign = "≥" if least else "≤"
    return [name, f"{sign} {number(bound, 2)}", number(measured, 2), "✓" if met else "✗"]


def _growth(growth: list[dict[str, Any]]) -> str:
    threads = [name for name in growth[0] if name.startswith("threads")]
    clients = list(growth[0].get("http", {}))
    rows = []
    for one in growth:
        row = [f"{one['offers']:,}"]
        first = one[threads[0]]
        if "error" in first:
            rows.append(_failed({"name": row[0], **first}, 3 + 2 * len(threads) + len(clients)))
            continue
        row += [number(first["generation_s"]), number(first["match_memory_mb"], 0)]
        for name in threads:
            found = one[name]
            row += [
                number(found["answered"]["none"]["p50"]) if "error" not in found else "–",
                number(found["match"]["none"]["p50"]) if "error" not in found else "–",
            ]
        for count in clients:
            laps = one.get("http", {}).get(count)
            cell = f"{number(laps['p50'])} / {number(laps['p95'])}, {number(laps['per_s'])}/s"
            row.append(cell if laps else "–")
        rows.append(row)
    head = ["offers", "build s", "memory MB"]
    for name in threads:
        head += [f"{name}: all but encoding p50 ms", "whole p50 ms"]
    return table([*head, *(f"HTTP, {count} client(s): p50 / p95 ms" for count in clients)], rows)


def _settings(systems: list[dict[str, Any]]) -> str:
    return "\n".join(
        f"- {one['name']} {one.get('version', '')}: {one.get('settings', one.get('error'))}"
        for one in systems
    )


def _against(value: float, ours: dict[str, Any], kind: str, name: str, digits: int) -> str:
    """A time, and how many times ours it is."""
    if "error" in ours or value == ours[kind][name]["p50"]:
        return number(value, digits)
    return f"{number(value, digits)} (×{number(value / ours[kind][name]['p50'])})"


def _filter_names(systems: list[dict[str, Any]]) -> list[str]:
    return list(next((one["search"] for one in systems if "error" not in one), {}))


def _name(one: dict[str, Any]) -> str:
    return _OURS if one["name"] == "qingzhun" else str(one["name"])


def _failed(one: dict[str, Any], cells: int) -> list[str]:
    return [_name(one), f"failed: {one['error']}".replace("|", "/"), *[""] * (cells - 1)]
