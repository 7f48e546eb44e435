"""Which solution a listing or a case means that tells no more than its name and its provider."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from catalog.errors import Bilingual, InvalidRecord
from catalog.identity import folded
from catalog.records import Kind, Reference
from catalog.schema import RecordRow, table

_RECORD = table(RecordRow)
_SOLUTIONS = select(_RECORD.c.id, _RECORD.c.name, _RECORD.c.status).where(
    _RECORD.c.kind == str(Kind.SOLUTION)
)


@dataclass(slots=True)
class SolutionNames:
    """The solutions of a store by folded name: ids of the active and of the retired ones."""

    active: dict[str, list[str]] = field(default_factory=dict)
    retired: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, connection: Connection) -> SolutionNames:
        """Those of the store behind ``connection``."""
        names = cls()
        for row in connection.execute(_SOLUTIONS):
            found = names.active if row.status == "active" else names.retired
            found.setdefault(folded(row.name), []).append(row.id)
        return names

    def only(self, name: str) -> str | None:
        """Id of the one active solution with this name, whoever provides it; several are none."""
        found = self.active.get(folded(name), [])
        return found[0] if len(found) == 1 else None

    def is_retired(self, name: str, solution_id: str | None) -> bool:
        """Whether the solution of this name and id is retired."""
        return solution_id in self.retired.get(folded(name), [])

    def not_found(self, solution: Reference, provider: Reference | None) -> InvalidRecord:
        """Why a listing of ``solution`` cannot be kept: retired, one of several, or unknown."""
        name, key = solution.name, folded(solution.name)
        retired = self.retired.get(key, [])
        if self.is_retired(name, solution.id) or (retired and key not in self.active):
            gone = solution.id or retired[0]
            message = Bilingual(f"解决方案 {name} 已停用", f"the solution {name} is retired")
            hint = Bilingual(
                f"要上架请先恢复：qingzhun restore {gone}",
                f"restore it first: qingzhun restore {gone}",
            )
        elif provider is None and key in self.active:
            message = Bilingual(
                f"有几个同名产品 {name}，请写服务商", f"several solutions are called {name}"
            )
            hint = Bilingual("加一列“服务商名称”", "add a column “provider name”, or give the id")
        elif provider is not None:
            message = Bilingual(
                f"找不到服务商 {provider.name} 的解决方案 {name}",
                f"there is no solution {name} of the provider {provider.name}",
            )
            hint = Bilingual(
                "请核对名称，或先导入该解决方案", "check both names, or import it first"
            )
        else:
            message = Bilingual(f"找不到解决方案 {name}", f"there is no solution {name}")
            hint = Bilingual("请先导入该解决方案", "import the solution first")
        return InvalidRecord(message, hint, field="solution")
