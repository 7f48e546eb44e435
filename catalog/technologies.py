"""The technologies that listings declare and needs ask for or refuse, by their tag."""

from __future__ import annotations

from catalog.errors import Bilingual
from catalog.identity import folded
from catalog.words import VALUES

TECHNOLOGIES = {
    "AI": Bilingual("人工智能", "AI"),
    "machine_vision": Bilingual("机器视觉", "machine vision"),
    "5G": Bilingual("5G", "5G"),
    "RFID": Bilingual("RFID", "RFID"),
    "cloud": Bilingual("云", "cloud"),
    "IoT": Bilingual("物联网", "IoT"),
    "edge": Bilingual("边缘计算", "edge computing"),
    "big_data": Bilingual("大数据", "big data"),
    "low_code": Bilingual("低代码", "low code"),
    "digital_twin": Bilingual("数字孪生", "digital twin"),
    "data_element": Bilingual("数据要素", "data elements"),
}
"""Names by tag. The order is that of the bits of `matcher.index.columns`: new ones go last."""

_TAGS = {folded(name): tag for tag, both in TECHNOLOGIES.items() for name in (both.zh, both.en)}


def technology_tag(said: str) -> str:
    """The tag of a technology by its tag, name or published word, however written; else ``said`` itself.

    >>> technology_tag("云计算"), technology_tag("edge computing"), technology_tag("区块链")
    ('cloud', 'edge', '区块链')
    """
    return VALUES["technologies"].get(folded(said)) or _TAGS.get(folded(said), said)
