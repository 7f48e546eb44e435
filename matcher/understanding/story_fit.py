"""Fitting of the weights that tell which clauses of a long message are the need, and which tell the trade.

A multinomial logistic regression with a ridge (scikit-learn's), and counts of what follows what. It learns
``matcher/data/story_examples.csv``: ``author``, ``lang``, ``scenario`` and ``text``, in which blind authors
marked the need (``<n>``), the trade (``<t>``) and limits (``<l>``, background here, as limits are read from
the whole text); and clauses of short needs that were written for other ends, as needs, unless they name
the trade of who speaks in a usual way.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from catalog.wording import normalised
from matcher.shipped import shipped_file, shipped_rows
from matcher.understanding.clauses import clauses, runs
from matcher.understanding.story import (
    BIAS,
    KINDS,
    SIZES,
    Pieces,
    Shares,
    StoryWeights,
    ends,
    features,
    kept_places,
    likelihoods,
)

_MARK = re.compile(r"</?([ntl])>")
_KIND_OF = {"n": KINDS.index("need"), "t": KINDS.index("trade")}
_OTHERS = {"need": 2_500, "foreign": 2_500}
"""How many needs of other ends are learned, by their column in ``pair_examples.csv``."""
_SHORT_OTHERS = 3_000
_WEIGHT_OF_OTHERS = 0.15
_TRADE = re.compile(
    r"^(?:我们?|咱们?|俺们?|我家|家里|本厂|我司|厂里)(?:厂|公司)?(?:里|这边)?(?:是|就是|主要|专门?)?"
    r"(?:做|生产|加工|制造|搞)[^不没]{2,12}$|^(?:做|生产|专做|主营)\S{2,8}的$|^.{2,8}(?:厂|作坊)$"
    r"|^(?:we|our (?:plant|factory|firm|shop)) (?:make|manufacture|produce|process|mould|build|cast|print"
    r"|sew|weave)s?\b|^(?:we are|we're|i run|i own) (?:an?|the) .*(?:factory|plant|maker|workshop|shop|mill"
    r"|foundry|manufacturer|company)\b"
    r"|^(?:hacemos|fabricamos|producimos|elaboramos|somos (?:una?|fabricantes))\b"
    r"|^tengo una? (?:taller|fábrica|empresa)",
    re.IGNORECASE,
)
"""Ways in which somebody names the own trade, of a clause of a short need."""
_RIDGE = 2.0
_LEAST_EXAMPLES = 3
"""In so many clauses a feature must occur."""
_STEPS = 64
"""Of one: weights are multiples of such a step, and sums of them are the same in any order."""
_LEAST_WEIGHT = 0.05


@dataclass(frozen=True, slots=True)
class MarkedStory:
    """The clauses of one message, with the signs behind them, and what each tells: a place in `KINDS`."""

    author: str
    pieces: Pieces
    kinds: tuple[int, ...]


def story_examples() -> list[MarkedStory]:
    """The shipped messages whose clauses are marked."""
    return [marked(row["author"], row["text"]) for row in shipped_rows("story_examples.csv")]


def marked(author: str, text: str) -> MarkedStory:
    """The clauses of ``text``, whose marks are taken out; each tells what most of it is marked as."""
    plain, kinds, kind = [], [], 0
    last = 0
    text = normalised(text)
    for mark in _MARK.finditer(text):
        plain.append(text[last : mark.start()])
        kinds += [kind] * len(plain[-1])
        kind = 0 if mark[0][1] == "/" else _KIND_OF.get(mark[1], 0)
        last = mark.end()
    plain.append(text[last:])
    kinds += [kind] * len(plain[-1])
    whole, start, of = "".join(plain), 0, []
    pieces = clauses(whole)
    for clause, between in pieces:
        start = whole.index(clause, start)
        told = Counter(kinds[start : start + len(clause)])
        of.append(told.most_common(1)[0][0])
        start += len(clause) + len(between)
    return MarkedStory(author, tuple(pieces), tuple(of))


def fit(examples: Sequence[MarkedStory]) -> StoryWeights:
    """The weights fitted to ``examples`` and the needs of other ends; those next to nothing are left out."""
    from scipy.sparse import diags, hstack
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    others = _others()
    told = [one for example in examples for one in features(example.pieces)]
    told += [set(runs(clause, SIZES)) for clause, _ in others]
    kinds = [kind for example in examples for kind in example.kinds]
    kinds += [kind for _, kind in others]
    stories = [at for at, example in enumerate(examples) for _ in example.pieces]
    weights = [1.0] * len(stories) + [_WEIGHT_OF_OTHERS] * len(others)
    often = Counter(name for one in told for name in one)
    known = {name for name, times in often.items() if times >= _LEAST_EXAMPLES}
    vectorizer = DictVectorizer()
    own = vectorizer.fit_transform([dict.fromkeys(sorted(one & known), 1) for one in told])
    names = vectorizer.get_feature_names_out().tolist()
    near = own @ diags([float(_tells_neighbours(name)) for name in names])
    before, behind = _shifted(near, stories, 1), _shifted(near, stories, -1)
    model = LogisticRegression(C=_RIDGE, max_iter=1_000)
    model.fit(hstack([own, before, behind]).tocsr(), kinds, weights)
    # Against the background; own, of the clause before, of the clause behind.
    given = (model.coef_[1:] - model.coef_[0]).reshape(-1, len(names)).T
    given = _rounded(given[:, [0, 3, 1, 4, 2, 5]])
    telling = np.flatnonzero(np.abs(given).max(axis=1) >= _LEAST_WEIGHT)
    start, steps, often_told = _chain(examples)
    bias = np.zeros((1, given.shape[1]))
    # What is rare is told by the chain: clauses are judged as if all kinds were equally frequent.
    bias[0, :2] = (
        model.intercept_[1:] - model.intercept_[0] - np.log(often_told[1:] / often_told[0])
    )
    rows = {name: row for row, name in enumerate((BIAS, *(names[at] for at in telling)))}
    return StoryWeights(rows, np.concatenate([_rounded(bias), given[telling]]), start, steps)


def measures(examples: Sequence[MarkedStory]) -> list[dict[str, Any]]:
    """How well clauses of each author are told by weights fitted to the others.

    Shares of the clauses that the author marked as ``need`` and ``trade``, and of the others, that are kept.
    """
    by_author: dict[str, list[MarkedStory]] = defaultdict(list)
    for one in examples:
        by_author[one.author].append(one)
    rows = []
    for author, own in by_author.items():
        weights = fit([one for one in examples if one.author != author])
        kept: list[list[bool]] = [[] for _ in KINDS]
        for one in own:
            places = set(kept_places(likelihoods(one.pieces, weights)))
            for place, kind in enumerate(one.kinds):
                kept[kind].append(place in places)
        shares = {kind: round(float(np.mean(kept[at])), 3) for at, kind in enumerate(KINDS)}
        rows.append({"author": author, "stories": len(own), **shares})
    return rows


def ship(weights: StoryWeights) -> Path:
    """Write the weights into the package; gives the file."""
    path = shipped_file("story_weights.npz")
    np.savez_compressed(
        path,
        allow_pickle=False,
        names=np.frombuffer("\n".join(weights.rows).encode(), dtype=np.uint8),
        table=weights.table.astype(np.float32),
        start=weights.start,
        steps=np.stack([weights.steps[after] for after in (False, True)]),
    )
    return path


def _rounded(weights: Shares) -> Shares:
    return np.asarray(np.round(weights * _STEPS) / _STEPS)


def _tells_neighbours(name: str) -> bool:
    """Whether a feature of a clause speaks for those beside it: a word, or a run of characters."""
    return not name.startswith("#") and " " not in name


def _shifted(table: Any, stories: Sequence[int], by: int) -> Any:
    """``table`` with the row of the clause ``by`` places before in that of each clause of ``stories``."""
    from scipy.sparse import csr_matrix

    of = np.full(table.shape[0] + 2, -1)
    of[1 : 1 + len(stories)] = stories
    rows = np.arange(table.shape[0])
    there = of[rows + 1 - by] == of[rows + 1]
    there &= of[rows + 1] >= 0
    ones = np.ones(int(there.sum()))
    return csr_matrix((ones, (rows[there], rows[there] - by)), shape=(len(rows), len(rows))) @ table


def _chain(examples: Sequence[MarkedStory]) -> tuple[Shares, dict[bool, Shares], Shares]:
    """How often each kind stands first, follows each inside and after a sentence, and stands at all."""
    start, often = np.ones(len(KINDS)), np.ones(len(KINDS))
    steps = {after: np.ones((len(KINDS), len(KINDS))) for after in (False, True)}
    for one in examples:
        start[one.kinds[0]] += 1
        np.add.at(often, list(one.kinds), 1)
        for before, behind, after in zip(one.kinds, one.kinds[1:], ends(one.pieces), strict=False):
            steps[after][before, behind] += 1
    shares = {after: counts / counts.sum(axis=1, keepdims=True) for after, counts in steps.items()}
    return start / start.sum(), shares, often / often.sum()


def _others() -> list[tuple[str, int]]:
    """Clauses of needs of other ends with what they tell: all trades, and some needs, the same each time."""
    draw = random.Random(3)
    pairs, short = shipped_rows("pair_examples.csv"), shipped_rows("scenario_examples.csv")
    texts = [row[column] for column, size in _OTHERS.items() for row in draw.sample(pairs, size)]
    texts += [row["text"] for row in draw.sample(short, _SHORT_OTHERS)]
    needs = [one for one in _clauses_of(texts) if not _TRADE.search(one)]
    every = [row[column] for column in _OTHERS for row in pairs]
    every += [row["text"] for row in (*short, *shipped_rows("sector_examples.csv"))]
    trades = sorted({one for one in _clauses_of(every) if _TRADE.search(one)})
    return [*((one, _KIND_OF["n"]) for one in needs), *((one, _KIND_OF["t"]) for one in trades)]


def _clauses_of(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from (clause for clause, _ in clauses(normalised(text)))
