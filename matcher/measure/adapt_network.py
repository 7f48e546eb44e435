"""The encoder in torch with low-rank changes in its upper layers, as `matcher.measure.adapt` fits them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrize
from torch.nn.utils.rnn import pad_sequence

from matcher.model.adaptation import Changes
from matcher.model.convert import BERT_NAMES
from matcher.model.tokens import TokenReader

_KEPT = 6
"""Lower layers stay as they are: their output for a text is computed once."""
_RANK, _GAIN, _DROPOUT = 16, 2.0, 0.05
_AT_ONCE, _PREPARED_AT_ONCE, _MOST_TOKENS = 24, 64, 256


class _LowRank(nn.Module):
    """Adds ``gain x up @ down`` to a weight."""

    def __init__(self, outputs: int, inputs: int):
        super().__init__()
        self.down = nn.Parameter(torch.randn(_RANK, inputs) / inputs**0.5)
        self.up = nn.Parameter(torch.zeros(outputs, _RANK))

    def forward(self, weight: Tensor) -> Tensor:
        """The changed weight."""
        return weight + _GAIN * (self.up @ self.down)


class AdaptedNetwork:
    """A ``transformers.BertModel`` whose upper layers learn; texts come with their prompt."""

    def __init__(self, bert: Any, reader: TokenReader):
        bert.requires_grad_(False)
        self._embeddings = bert.embeddings
        self._lower = bert.encoder.layer[:_KEPT]
        self._upper = bert.encoder.layer[_KEPT:]
        self._reader = reader
        self._prepared: dict[str, Tensor] = {}
        self._changes: dict[str, _LowRank] = {}
        for number, layer in enumerate(self._upper, start=_KEPT):
            for short, name in BERT_NAMES.items():
                part = layer.get_submodule(name)
                if isinstance(part, nn.Linear):
                    change = _LowRank(part.out_features, part.in_features)
                    parametrize.register_parametrization(part, "weight", change)
                    self._changes[f"l{number}.{short}.w"] = change
            for module in layer.modules():
                if isinstance(module, nn.Dropout):
                    module.p = _DROPOUT

    def parameters(self) -> list[nn.Parameter]:
        """What is learned."""
        return [one for change in self._changes.values() for one in (change.up, change.down)]

    def learn(self, learning: bool) -> None:
        """Whether units are dropped at random, as they are while it learns."""
        self._upper.train(learning)

    def changes(self) -> Changes:
        """What was learned."""
        return {
            name: ((_GAIN * one.up).detach().numpy(), one.down.detach().numpy())
            for name, one in self._changes.items()
        }

    def prepare(self, texts: Iterable[str]) -> None:
        """Compute what the lower layers make of ``texts``, once, in half precision."""
        new = sorted({text for text in texts if text not in self._prepared}, key=len)
        with torch.no_grad():
            for start in range(0, len(new), _PREPARED_AT_ONCE):
                some = new[start : start + _PREPARED_AT_ONCE]
                ids = [torch.from_numpy(one[:_MOST_TOKENS]) for one in self._reader.read(some)]
                padded = pad_sequence(ids, batch_first=True, padding_value=1)
                mask = _mask([len(one) for one in ids])
                hidden = self._through(self._lower, self._embeddings(input_ids=padded), mask)
                for text, one, row in zip(some, ids, hidden, strict=True):
                    self._prepared[text] = row[: len(one)].bfloat16().clone()

    def vectors(self, texts: Sequence[str]) -> Tensor:
        """Unit vectors of prepared ``texts``, shape ``(len(texts), dimension)``."""
        order = sorted(range(len(texts)), key=lambda place: len(self._prepared[texts[place]]))
        found = []
        for start in range(0, len(order), _AT_ONCE):
            some = [self._prepared[texts[place]] for place in order[start : start + _AT_ONCE]]
            mask = _mask([len(one) for one in some])
            hidden = self._through(self._upper, pad_sequence(some, batch_first=True).float(), mask)
            weights = mask[:, :, None].float()
            found.append(functional.normalize((hidden.float() * weights).sum(dim=1), dim=-1))
        places = torch.empty(len(order), dtype=torch.long)
        places[torch.tensor(order)] = torch.arange(len(order))
        return torch.cat(found)[places]

    @staticmethod
    def _through(layers: Iterable[Any], hidden: Tensor, mask: Tensor) -> Tensor:
        # Half precision: twice as fast on processors that have it, and learning is no less exact.
        with torch.autocast("cpu", dtype=torch.bfloat16):
            for layer in layers:
                hidden = layer(hidden, mask[:, None, None, :])
        return hidden


def _mask(lengths: Sequence[int]) -> Tensor:
    """Which places of a padded batch hold a token, shape ``(texts, tokens)``."""
    return torch.arange(max(lengths))[None, :] < torch.tensor(lengths)[:, None]
