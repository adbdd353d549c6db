"""What `engines.base` promises of every driver, held against the engines of this machine."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from tests.engines.net import Answer, Net
from tests.wait_for_exit import HANG_S

from cors_harness.engine_kinds.table import ENGINE_NAMES
from cors_harness.engines.base import LaunchOptions, PageOptions
from cors_harness.engines.provision import find_engine
from cors_harness.engines.registry import make_engine

pytestmark = pytest.mark.browser

PAGE_URL, REFUSED_URL = "http://app.example.com", "http://api.example.org"
SENTINEL = "cors-harness sentinel=engine-1.1"
# Refused for want of a header; the sentinel is written once the page knows that.
PAGE = f"""<!doctype html><link rel="icon" href="data:,"><script>
document.cookie = "seen=yes";
fetch("{REFUSED_URL}/").catch(() => console.error("{SENTINEL}"));
</script>"""
SECOND_PAGE = """<!doctype html><link rel="icon" href="data:,"><script>
console.error(`cookies: [${document.cookie}]`);
</script>"""


@pytest.mark.parametrize("name", ENGINE_NAMES)
def test_listener_hears_refusal_and_sentinel_and_tabs_share_nothing(name: str) -> None:
    served = {
        f"{PAGE_URL}:80/": Answer(body=PAGE),
        f"{PAGE_URL}:80/second": Answer(body=SECOND_PAGE),
        f"{REFUSED_URL}:80/": Answer(body="x", headers="content-type: text/plain\r\n"),
    }

    async def test() -> None:
        net = Net(served)
        async with asyncio.timeout(HANG_S), net, AsyncExitStack() as stack:
            engine = make_engine(find_engine(name), LaunchOptions())
            stack.push_async_callback(engine.stop)
            await engine.start()
            assert engine.hears_console
            options = PageOptions(proxy=net.proxy)
            messages: asyncio.Queue[str] = asyncio.Queue()
            tab = await engine.open(f"{PAGE_URL}/", messages.put_nowait, options)
            awaited = {SENTINEL, REFUSED_URL}
            while awaited:
                message = await messages.get()
                awaited -= {text for text in awaited if text in message}
            second = await engine.open(f"{PAGE_URL}/second", messages.put_nowait, options)
            while "cookies: " not in (message := await messages.get()):
                pass
            assert "cookies: []" in message
            await second.close()
            assert not tab.lost.done()
            await engine.stop()
            assert await tab.lost
            await tab.close()

    asyncio.run(test())
