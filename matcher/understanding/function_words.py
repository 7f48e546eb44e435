"""What each function is called: BM25 of the words of labelled needs and offers, of people and vendors.

Nothing of it depends on the catalogue: a build keeps what it found for the next one of its process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from catalog.functions import shipped_functions
from catalog.taxonomy import Taxonomy
from catalog.wording import HAN
from matcher.index.analyzer import Analyzer
from matcher.index.lexical import K1, B
from matcher.shipped import shipped_rows
from matcher.understanding.functions import Vectors, WordTable, need_examples, offer_examples

_MACHINES = ("C34", "C35")


@dataclass(frozen=True, slots=True)
class WordScores:
    """The scores of a `WordTable` that are not 0: one in a hundred, so this is what is kept.

    ``scores[i]`` is that of the word in row ``words[i]`` for the class in column ``classes[i]``.
    """

    rows: dict[str, int]
    idf: Vectors
    words: NDArray[np.int32]
    classes: NDArray[np.int16]
    scores: Vectors
    width: int

    def table(self) -> WordTable:
        """The whole table, ``width`` classes wide."""
        table = np.zeros((len(self.rows), self.width), dtype=np.float32)
        table[self.words, self.classes] = self.scores
        return WordTable(self.rows, table, self.idf)


def word_table(codes: Sequence[str], analyzer: Analyzer, left_out: Set[str]) -> WordTable:
    """BM25 over one document a function: its name, its words, and the examples whose main one it is.

    Tokens ``left_out`` are words of none.
    """
    return _shipped_scores(tuple(codes), analyzer, frozenset(left_out)).table()


@lru_cache(maxsize=2)
def _shipped_scores(
    codes: tuple[str, ...], analyzer: Analyzer, left_out: frozenset[str]
) -> WordScores:
    documents: dict[str, Counter[str]] = {code: Counter() for code in codes}
    texts = [(example.codes[0], example.text) for example in (*need_examples(), *offer_examples())]
    texts += [(one.code, f"{one.name.zh} {one.name.en}") for one in shipped_functions()]
    texts += [(row["function"], row["term"]) for row in shipped_rows("function_terms.csv")]
    texts += [(row["function"], row["text"]) for row in shipped_rows("function_pains.csv")]
    for code, text in texts:
        documents[code].update(
            token for token in analyzer.tokens(text) if len(token) > 1 and token not in left_out
        )
    return bm25_scores(list(documents.values()))


def bm25_scores(documents: Sequence[Counter[str]]) -> WordScores:
    """BM25 scores of the words of each document, by the formula of `matcher.index.lexical`."""
    frequency = Counter(word for document in documents for word in document)
    rows = {word: row for row, word in enumerate(sorted(frequency))}
    known = np.array([frequency[word] for word in rows], dtype=np.float64)
    idf = np.log(1 + (len(documents) - known + 0.5) / (known + 0.5))
    lengths = np.array([document.total() for document in documents], dtype=np.float64)
    norms = K1 * (1 - B + B * lengths / (lengths.mean() or 1.0))
    words = np.array([rows[word] for document in documents for word in document], dtype=np.int32)
    classes = np.repeat(np.arange(len(documents), dtype=np.int16), list(map(len, documents)))
    counts = np.array([n for document in documents for n in document.values()], dtype=np.float64)
    scores = idf[words] * counts / (counts + norms[classes])
    return WordScores(
        rows, idf.astype(np.float32), words, classes, scores.astype(np.float32), len(documents)
    )


@lru_cache(maxsize=2)
def trade_words(taxonomy: Taxonomy) -> frozenset[str]:
    """Chinese words that name a trade and nothing that is done in it, in lower case.

    纸箱厂 stands in a few examples of one function and is no word for it. What functions and scenarios are
    called stays, and so do machines and moulds (C34, C35): what is done is done with them.
    """
    called = {row["term"].lower() for row in shipped_rows("function_terms.csv")}
    called |= {term.text.lower() for term in taxonomy.scenario_terms}
    return frozenset(
        word
        for term in taxonomy.sector_terms
        if (word := term.text.lower()) not in called
        and term.city is None
        and HAN.search(word)
        and not any(code[:3] in _MACHINES for code in term.codes)
    )
