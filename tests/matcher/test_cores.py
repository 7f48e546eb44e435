"""What one answer alone leaves to another core, and what several do themselves."""

from __future__ import annotations

import threading

import pytest

from matcher.cores import Cores


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> Cores:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    return Cores()


def where() -> str:
    return threading.current_thread().name


def test_one_answer_alone_leaves_work_to_another_core(two: Cores) -> None:
    with two.answering():
        assert two.begun(where).result().startswith("beside")


def test_several_answers_do_their_own_work(two: Cores) -> None:
    with two.answering():
        with two.answering():
            assert two.begun(where).result() == where()
        # The other one is done.
        assert two.begun(where).result() != where()


def test_an_answer_that_failed_is_none(two: Cores) -> None:
    with pytest.raises(ZeroDivisionError), two.answering():
        two.begun(lambda: 1 // 0).result()
    with two.answering():
        assert two.begun(where).result() != where()


def test_a_machine_of_one_core_has_none_to_spare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    cores = Cores()
    with cores.answering():
        assert cores.begun(where).result() == where()
