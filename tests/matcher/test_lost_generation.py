"""What names the current generation is lost, or that generation is: the error says how to go on."""

from __future__ import annotations

import shutil

import pytest

from matcher.errors import NoGeneration
from matcher.index.generation import generations_directory, rollback
from tests.conftest import Built


@pytest.mark.parametrize("said", [None, "", "g0000000-deadbeef"])
def test_a_lost_pointer_or_generation_says_how_to_go_on(built: Built, said: str | None) -> None:
    pointer = generations_directory(built.data) / "CURRENT"
    if said is None:
        pointer.unlink()
    else:
        pointer.write_text(said)
    with pytest.raises(NoGeneration) as caught:
        built.open()
    assert (said or "CURRENT") in caught.value.message.zh and caught.value.field is None
    for hint in (caught.value.hint.zh, caught.value.hint.en):
        assert f"qingzhun rollback {built.info.id}" in hint and "qingzhun build" in hint
    rollback(built.data, built.info.id, built.encoder.space)
    assert built.open().generation == built.info.id
    # Without any generation left there is none to go back to.
    shutil.rmtree(generations_directory(built.data) / built.info.id)
    with pytest.raises(NoGeneration) as caught:
        built.open()
    assert "rollback" not in caught.value.hint.en and "qingzhun build" in caught.value.hint.en
