"""Ending signals: one interrupts, those behind it do not, and no own handler is taken away."""

import os
import signal
from collections.abc import Iterator

import pytest

from cors_harness.pytest_plugin.ending_signals import SIGNALS, EndingSignals


@pytest.fixture
def signals() -> Iterator[EndingSignals]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    taken = EndingSignals()
    yield taken
    taken.give_back()
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_first_signal_interrupts_and_the_next_are_ignored(
    signals: EndingSignals, number: signal.Signals
) -> None:
    signals.take()
    signals.take()
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), number)
    for again in SIGNALS:
        os.kill(os.getpid(), again)
    signals.give_back()
    assert {signal.getsignal(each) for each in SIGNALS} == {signal.SIG_DFL}


def test_handler_of_somebody_else_stays(signals: EndingSignals) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signals.take()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    os.kill(os.getpid(), signal.SIGTERM)
