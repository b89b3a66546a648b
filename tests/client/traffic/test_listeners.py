"""Listeners are called while they listen, each as often as it was added, and not in a forked child."""

from __future__ import annotations

import os

import pytest

from xee_lite.traffic.listeners import Listeners


def test_a_function_may_listen_twice() -> None:
    listeners: Listeners[int] = Listeners("events")
    heard: list[int] = []
    function = heard.append
    stop, stop_other = listeners.add(function), listeners.add(function)
    listeners.tell(1)
    stop()
    stop()
    listeners.tell(2)
    stop_other()
    listeners.tell(3)
    assert heard == [1, 1, 2]


def test_a_block_ends_it_although_it_raises() -> None:
    listeners: Listeners[int] = Listeners("events")
    heard: list[int] = []
    listening = listeners.listening(heard.append)
    with pytest.raises(ZeroDivisionError), listening:
        raise ZeroDivisionError
    listeners.tell(1)
    assert heard == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
def test_nobody_listens_in_a_forked_child() -> None:
    listeners: Listeners[int] = Listeners("events")
    with listeners.listening(print), listeners._lock:  # as if another thread held it
        child = os.fork()
        if child == 0:
            listeners.add(print)  # for which the lock has to be free
            os._exit(len(listeners.functions))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
        assert listeners.functions == (print,)
