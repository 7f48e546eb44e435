"""What answers are computed from now: the current generation, every later change, and its readers."""

from __future__ import annotations

import threading
from pathlib import Path

from catalog.store import Store
from catalog.taxonomy import Taxonomy
from matcher.encoder import Encoder
from matcher.index.analyzer import Analyzer
from matcher.index.generation import Generation, current_id, load_generation
from matcher.index.overlay import take_snapshot
from matcher.index.snapshot import Snapshot
from matcher.needs.kept import KeptMeanings
from matcher.understanding.meant import MeaningReader


class Serving:
    """The snapshot of one generation at a time, brought up to the store's last change. Thread-safe."""

    def __init__(
        self, store: Store, data: Path, encoder: Encoder, taxonomy: Taxonomy, analyzer: Analyzer
    ):
        """Serves the generation that is current in ``data``.

        Raises:
            NoGeneration: nothing has been built yet.
            GenerationCorrupt: the current generation is damaged.
            ModelMismatch: it was built with another model.
        """
        self._store = store
        self._data = data
        self._encoder = encoder
        self._taxonomy = taxonomy
        self._analyzer = analyzer
        self._lock = threading.Lock()
        self._readers: dict[str, MeaningReader] = {}
        self._snapshot = self._load(current_id(data))

    @property
    def last(self) -> Snapshot:
        """The snapshot that was taken last; the store may have changed since."""
        return self._snapshot

    def snapshot(self) -> Snapshot:
        """The snapshot after the store's last change."""
        if self._store.sequence() != self._snapshot.sequence:
            with self._lock:
                if self._store.sequence() != self._snapshot.sequence:
                    self._snapshot = self._taken(self._snapshot.generation, self._snapshot)
        return self._snapshot

    def reload(self) -> bool:
        """Swap to the generation that is current now; ``True`` when it is another one.

        A generation that cannot be loaded raises, and the one before goes on serving.
        """
        identity = current_id(self._data)
        if identity == self._snapshot.generation.info.id:
            return False
        with self._lock:
            self._snapshot = self._load(identity)
        return True

    def reader(self, snapshot: Snapshot) -> MeaningReader:
        """What reads needs by the generation of ``snapshot``, which serves or served just before."""
        return self._readers[snapshot.generation.info.id]

    def kept_meanings(self) -> KeptMeanings:
        """What the store keeps of the meaning of needs, as the generation reads them."""
        snapshot, space = self._snapshot, self._encoder.space
        reader = self.reader(snapshot)
        return KeptMeanings(self._store, snapshot.generation, space, self._taxonomy, reader)

    def _load(self, identity: str) -> Snapshot:
        generation = load_generation(self._data, identity, self._encoder.space, self._analyzer)
        reader = MeaningReader.of(generation, self._taxonomy, self._analyzer)
        # Answers that are being made stand on the generation before, and are read by its reader.
        before = list(self._readers.items())[-1:]
        self._readers = dict([*before, (identity, reader)])
        return self._taken(generation)

    def _taken(self, generation: Generation, before: Snapshot | None = None) -> Snapshot:
        return take_snapshot(
            generation, self._store, self._encoder, self._taxonomy, self._analyzer, before
        )
