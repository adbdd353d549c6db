"""The pages of a phase: tabs take them one after the other, and what is left of a lost one."""

import asyncio
from collections import deque

from tests.store.record_builders import cell

from cors_harness.run.page_batches import PageBatch, PagesLeft, TabQueue


def queue_of(count: int) -> TabQueue:
    return deque(PageBatch(cells=[cell()]) for _ in range(count))


def test_queues_come_one_after_the_other_until_none_is_left() -> None:
    first, second = queue_of(1), queue_of(2)
    pages = PagesLeft([first, queue_of(0), second])
    assert pages.first_queue() is first
    first.popleft()
    assert pages.first_queue() is second
    second.clear()
    assert pages.first_queue() is None
    assert asyncio.run(pages.are_left()) is False


def test_while_a_page_is_shown_others_wait_for_what_is_left_of_it() -> None:
    async def go() -> tuple[bool, bool]:
        queue = queue_of(1)
        pages = PagesLeft([queue])
        with pages.shown():
            batch = queue.popleft()
            waiting = asyncio.create_task(pages.are_left())
            await asyncio.sleep(0)
            assert not waiting.done()
            pages.put_back(queue, batch)
            came = await waiting
        queue.popleft()
        return came, await pages.are_left()

    assert asyncio.run(go()) == (True, False)


def test_nobody_waits_when_the_last_page_is_over() -> None:
    async def go() -> bool:
        queue = queue_of(1)
        pages = PagesLeft([queue])
        with pages.shown():
            queue.popleft()
            waiting = asyncio.create_task(pages.are_left())
            await asyncio.sleep(0)
        return await waiting

    assert asyncio.run(go()) is False
