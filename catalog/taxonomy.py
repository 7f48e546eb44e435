"""The shipped taxonomies: sectors (GB/T 4754-2017), scenarios with levels, city names, trade words."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.resources import files

from catalog.errors import Bilingual
from catalog.functions import shipped_functions
from catalog.records import Label
from catalog.resolve import ACCEPTED, LabelResolver, Resolution, Term
from catalog.tree import Node, Tree
from catalog.wording import city_name, normalised, units

ROOT = "C"
_CODED = re.compile(r"^[\s\[(（【]*([Cc]?)(\d{2,4})(?!\d)[\])）】]*[\s:：.、_-]*(.*)$", re.DOTALL)
_SCENARIO_CODE = re.compile(r"^\s*([SM]\d{1,2}-\d{1,3})(?![\w-])", re.IGNORECASE)
_SCENARIO_FAMILY = re.compile(r"\s*([SM]\d{1,2})\s*", re.IGNORECASE)
_MAX_NODES = 3
_ALIAS_WEIGHT = 0.95
ADDED_WEIGHT = 0.96
"""What an operator adds stands before the shipped trade words, behind official names."""
_NOT_IN = re.compile(r"not-in: ([^;]+)")


@dataclass(frozen=True, slots=True)
class LevelMeaning:
    """What one level (1-4) of one scenario means."""

    scenario: str
    level: int
    name: Bilingual
    meaning: Bilingual


@dataclass(frozen=True, slots=True)
class CityAlias:
    """A sector as a city publishes it, with the codes that it stands for."""

    city: str
    alias: Bilingual
    codes: tuple[str, ...]
    source: str


class Taxonomy:
    """Sector, scenario and function trees, level meanings, city names, resolution of free labels.

    ``sector_terms`` and ``scenario_terms`` have the ``extra`` ones of `with_terms` at their end;
    ``words`` are the shipped ones of both.
    """

    def __init__(
        self,
        sectors: Tree,
        scenarios: Tree,
        levels: tuple[LevelMeaning, ...],
        crosswalk: dict[str, tuple[str, ...]],
        cities: tuple[CityAlias, ...],
        sector_terms: tuple[Term, ...],
        scenario_terms: tuple[Term, ...],
        extra: tuple[Term, ...] = (),
    ):
        self.sectors = sectors
        self.scenarios = scenarios
        self.functions = shipped_functions()
        self.levels = levels
        self.crosswalk = crosswalk
        self.cities = cities
        self.words = sector_terms + scenario_terms
        self.sector_terms = sector_terms + self._added(sectors, extra)
        self.scenario_terms = scenario_terms + self._added(scenarios, extra)
        self._shipped_terms = (sector_terms, scenario_terms)
        self._extra = extra
        anywhere = tuple(
            Term(alias.alias.zh, alias.codes, 0.9, "city") for alias in cities
        ) + tuple(Term(alias.alias.en, alias.codes, 0.9, "city") for alias in cities)
        self._sector_labels = LabelResolver((*_everybodys(self.sector_terms), *anywhere))
        self._scenario_labels = LabelResolver(_everybodys(self.scenario_terms))
        self._own = {
            (facet, term.city, units(term.text)): term
            for facet, terms in (("sector", self.sector_terms), ("scenario", self.scenario_terms))
            for term in terms
            if term.city is not None
        }
        self._by_city = {
            (alias.city, units(wording)): alias
            for alias in cities
            for wording in (alias.alias.zh, alias.alias.en)
        }

    @staticmethod
    @cache
    def shipped(city_aliases: bool = True) -> Taxonomy:
        """The taxonomy of the package; without the cities' own names when they are to be tested."""
        return _load(city_aliases)

    def with_terms(self, extra: tuple[Term, ...]) -> Taxonomy:
        """This taxonomy with more terms; their codes tell whether they name sectors or scenarios.

        Codes that are not in the taxonomy are left out, and so is a term without any.
        """
        return Taxonomy(
            self.sectors,
            self.scenarios,
            self.levels,
            self.crosswalk,
            self.cities,
            *self._shipped_terms,
            self._extra + extra,
        )

    @cached_property
    def lexicon(self) -> str:
        """Version of the terms, shipped and added: the same terms give the same version."""
        digest = hashlib.sha256()
        for part in (self.sector_terms, self.scenario_terms, self.cities):
            for one in part:
                digest.update(f"{one!r}\n".encode())
        return digest.hexdigest()[:12]

    @staticmethod
    def _added(tree: Tree, extra: tuple[Term, ...]) -> tuple[Term, ...]:
        found = []
        for term in extra:
            codes = tuple(code for code in term.codes if code in tree)
            if codes:
                found.append(replace(term, codes=codes))
        return tuple(found)

    def resolve_sector(
        self, label: str, city: str | None = None, limit: int = 3
    ) -> tuple[Resolution, ...]:
        """Up to ``limit`` sector nodes for a code, an official name or a trade word, surest first.

        A name that ``city`` publishes means what that city says.
        """
        label = normalised(label)
        if label.upper() == ROOT:
            return (Resolution(ROOT, 1.0, label, "code"),)
        coded = self._coded(label)
        if coded is not None and self.sector_code_problem(label) is None:
            return (Resolution(coded[0], 1.0, label, "code"),)
        added = self._in_city("sector", label, city, limit)
        if added:
            return added
        own = self._by_city.get((city_name(city or ""), units(label)))
        if own is not None:
            return tuple(Resolution(code, 1.0, own.alias.zh, "city") for code in own.codes[:limit])
        return self._sector_labels.resolve(coded[1] if coded and coded[1] else label, limit)

    def resolve_scenario(
        self, label: str, limit: int = 3, city: str | None = None
    ) -> tuple[Resolution, ...]:
        """Up to ``limit`` of the 23 SME scenario nodes for a code or a free label, surest first.

        A smart-manufacturing scenario is led to the SME scenarios of the crosswalk. A name that
        ``city`` added means what that city says.
        """
        label = normalised(label)
        coded = _SCENARIO_CODE.match(label)
        if coded and coded[1].upper() in self.scenarios:
            code = coded[1].upper()
            codes = self.crosswalk.get(code, (code,))[:limit]
            return tuple(Resolution(code, 1.0, label, "code") for code in codes)
        if self.scenario_code_problem(label) is not None:
            return ()
        added = self._in_city("scenario", label, city, limit)
        return added or self._scenario_labels.resolve(label, limit)

    def _in_city(
        self, facet: str, label: str, city: str | None, limit: int
    ) -> tuple[Resolution, ...]:
        """What ``city`` itself added for this very label."""
        own = self._own.get((facet, city_name(city), units(label))) if city else None
        if own is None:
            return ()
        return tuple(Resolution(code, 1.0, own.text, "city") for code in own.codes[:limit])

    def sector_label(self, text: str, city: str | None = None) -> Label:
        """``text`` beside the nodes it surely means; no nodes when it is not sure."""
        return Label(label=text, nodes=_sure(self.resolve_sector(text, city, _MAX_NODES)))

    def scenario_label(self, text: str, level: int | None = None, city: str | None = None) -> Label:
        """``text`` beside the scenarios it surely means; no nodes when it is not sure."""
        nodes = _sure(self.resolve_scenario(text, _MAX_NODES, city))
        return Label(label=text, nodes=nodes, level=level)

    def sector_code_problem(self, text: str) -> Bilingual | None:
        """What is wrong with a sector code: unknown, of the 2011 edition, or at odds with its name."""
        coded = self._coded(normalised(text))
        if coded is None:
            return None
        code, name = coded
        old = _edition_2011().get(code)
        if code not in self.sectors:
            if old is not None:
                return Bilingual(
                    f"{code} 是 2011 版代码（{old[0]}），2017 版请用 {old[1]}",
                    f"{code} is a code of the 2011 edition ({old[0]}); in 2017 it is {old[1]}",
                )
            return Bilingual(
                f"GB/T 4754-2017 制造业没有代码 {code}",
                f"GB/T 4754-2017 has no manufacturing code {code}",
            )
        if not name or _agree(name, self.sectors[code].name, code, self._sector_labels):
            return None
        official = self.sectors[code].name.zh
        if old is not None and units(name)[:4] == units(old[0])[:4] and old[1] != code:
            return Bilingual(
                f"代码 {code} 与名称“{name}”是 2011 版的写法；2017 版 {code} 为“{official}”，"
                f"“{name}”应为 {old[1]}",
                f'code {code} with name "{name}" is the 2011 edition; in 2017 {code} is '
                f'"{official}" and "{name}" is {old[1]}',
            )
        return Bilingual(
            f"代码 {code}（{official}）与名称“{name}”不一致",
            f'code {code} ({official}) disagrees with the name "{name}"',
        )

    def scenario_code_problem(self, text: str) -> Bilingual | None:
        """What is wrong with a scenario code: unknown, or a family of scenarios; ``None`` without one."""
        text = normalised(text)
        coded = _SCENARIO_CODE.match(text) or _SCENARIO_FAMILY.fullmatch(text)
        if coded is None or (coded[1].upper() in self.scenarios and "-" in coded[1]):
            return None
        code = coded[1].upper()
        if code in self.scenarios:
            below = [node.code for node in self.scenarios if node.parent == code]
            return Bilingual(
                f"{code} 是一组场景，请写其中一个：{below[0]} 到 {below[-1]}",
                f"{code} is a family of scenarios, name one of it: {below[0]} to {below[-1]}",
            )
        return Bilingual(
            f"没有场景代码 {code}，可用 S1-1 到 S5-4",
            f"there is no scenario code {code}; use S1-1 to S5-4",
        )

    def _coded(self, text: str) -> tuple[str, str] | None:
        """A code and the name beside it; a bare number counts only when nothing else is written."""
        match = _CODED.match(text)
        if match is None:
            return None
        letter, digits, name = match[1], match[2], match[3].strip(" ()（）[]【】")
        if not letter and (name and ("C" + digits) not in self.sectors):
            return None
        return "C" + digits, name


def _sure(found: tuple[Resolution, ...]) -> tuple[str, ...]:
    """Nodes to keep: the surest, and those that the same wording means just as much."""
    if not found or found[0].confidence < ACCEPTED:
        return ()
    floor = max(ACCEPTED, found[0].confidence * 0.8)
    return tuple(
        one.code for one in found if one.confidence >= floor and one.matched == found[0].matched
    )


def _agree(name: str, official: Bilingual, code: str, labels: LabelResolver) -> bool:
    if units(name) in (units(official.zh), units(official.en)):
        return True
    return any(
        one.code.startswith(code[:4]) or code.startswith(one.code)
        for one in labels.resolve(name, 3)
        if one.code != ROOT
    )


def _rows(name: str) -> list[dict[str, str]]:
    text = files("catalog").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _codes(cell: str) -> tuple[str, ...]:
    return tuple(code.strip() for code in cell.split(";") if code.strip())


@cache
def _edition_2011() -> dict[str, tuple[str, str]]:
    return {
        row["code"]: (row["name_2011_zh"], row["code_2017"]) for row in _rows("edition_2011.csv")
    }


def _load(city_aliases: bool) -> Taxonomy:
    sectors = Tree(
        (
            Node(
                code=row["code"],
                name=Bilingual(row["name_zh"], row["name_en"]),
                parent=row["parent_code"] or None,
                level=row["level"],
                key_sector=row["is_pilot_key_sector"] == "true",
            )
            for row in _rows("sectors.csv")
        ),
        Bilingual("行业", "sector"),
    )
    scenarios = Tree(
        (
            Node(
                code=row["code"],
                name=Bilingual(row["name_zh"], row["name_en"]),
                parent=row["parent"] or None,
                level=row["kind"],
                tools=Bilingual(row["typical_tools_zh"], row["typical_tools_en"]),
            )
            for row in _rows("scenarios.csv")
        ),
        Bilingual("场景", "scenario"),
    )
    levels = tuple(
        LevelMeaning(
            scenario=row["scenario_code"],
            level=int(row["level"]),
            name=Bilingual(row["level_name_zh"], row["level_name_en"]),
            meaning=Bilingual(row["meaning_zh"], row["meaning_en"]),
        )
        for row in _rows("scenario_levels.csv")
    )
    crosswalk = {
        row["smart_manufacturing_code"]: _codes(row["sme_indicator_codes"])
        for row in _rows("scenario_crosswalk.csv")
    }
    cities = tuple(
        CityAlias(
            city=city_name(row["city"]),
            alias=Bilingual(row["alias_zh"], row["alias_en"]),
            codes=_codes(row["codes"]),
            source=row["source"],
        )
        for row in (_rows("city_aliases.csv") if city_aliases else ())
    )
    return Taxonomy(
        sectors,
        scenarios,
        levels,
        crosswalk,
        cities,
        _names(sectors, {}) + _aliases("sector_aliases.csv"),
        _names(scenarios, crosswalk) + _aliases("scenario_aliases.csv"),
    )


def _names(tree: Tree, crosswalk: dict[str, tuple[str, ...]]) -> tuple[Term, ...]:
    """Official names as terms. A coarser node wins a name that its only child repeats."""
    terms = []
    for node in tree:
        if node.level == "family":
            continue
        codes = crosswalk.get(node.code, (node.code,))
        weight = 1.0 - 0.01 * (len(node.code) - 1 if not crosswalk else 0)
        terms += [
            Term(node.name.zh, codes, weight, "name"),
            Term(node.name.en, codes, weight, "name"),
        ]
    return tuple(terms)


def _aliases(name: str) -> tuple[Term, ...]:
    return tuple(
        Term(
            row["term"],
            _codes(row["codes"]),
            _ALIAS_WEIGHT,
            row.get("kind") or "alias",
            *read_note(row["note"]),
        )
        for row in _rows(name)
    )


def read_note(note: str) -> tuple[bool, tuple[str, ...]]:
    """What the note of a term says: whether it is weak, and the phrases inside which it is no hit.

    >>> read_note("weak; not-in: 模具城|模具街")
    (True, ('模具城', '模具街'))
    """
    found = _NOT_IN.search(note)
    return note.startswith("weak"), tuple(found[1].split("|")) if found else ()


def _everybodys(terms: Iterable[Term]) -> tuple[Term, ...]:
    return tuple(term for term in terms if term.city is None)
