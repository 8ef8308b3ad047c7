"""Files from URLs that strangers name: never from our own network, never endless, and each failure with its remedy."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bot.channels.download import download, is_loopback, is_public
from bot.errors import ChannelError, NotSent, Refused


class Site:
    """A small web server with a page for every way a download can go; `asked` counts who came."""

    def __init__(self) -> None:
        self.asked = list[str]()
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        self.asked.append(name)
        match name:
            case "file":
                return web.Response(body=b"x" * 1000)
            case "endless":
                response = web.StreamResponse()
                await response.prepare(request)
                for _ in range(100):
                    await response.write(b"x" * 1000)
                return response
            case "broken":
                response = web.StreamResponse(headers={"Content-Length": "1000"})
                await response.prepare(request)
                await response.write(b"x")
                assert request.transport is not None
                request.transport.abort()
                return response
            case "elsewhere":
                raise web.HTTPFound("/file")
            case "inside":
                raise web.HTTPFound(self.url.replace("127.0.0.1", "127.0.0.2") + "/file")
            case "disk":
                raise web.HTTPFound("file:///etc/passwd")
            case "round":
                raise web.HTTPFound("/round")
        return web.Response(status=int(name))


@asynccontextmanager
async def running(site: Site) -> AsyncIterator[Site]:
    app = web.Application()
    app.router.add_get("/{name}", site.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield site
    await runner.cleanup()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with running(Site()) as site:
        yield site


def only_first(address: str) -> bool:
    """127.0.0.1 stands for the world, everything else for our own network."""
    return address == "127.0.0.1"


async def test_a_file_comes_whole_and_through_a_redirect(site: Site) -> None:
    assert await download(f"{site.url}/file", 1000, is_loopback) == b"x" * 1000
    assert await download(f"{site.url}/elsewhere", 1000, is_loopback) == b"x" * 1000


@pytest.mark.parametrize(
    ("page", "remedy", "reason"),
    [
        ("file", Refused, "too_big"),
        ("endless", Refused, "too_big"),
        ("404", Refused, "expired"),
        ("410", Refused, "expired"),
        ("403", NotSent, "unreachable"),
        ("500", NotSent, "unreachable"),
        ("broken", NotSent, "unreachable"),
        ("round", NotSent, "unreachable"),
        ("disk", Refused, "bad_address"),
        ("inside", Refused, "bad_address"),
    ],
)
async def test_a_file_that_does_not_come_is_named_by_its_remedy(
    site: Site, page: str, remedy: type[ChannelError], reason: str
) -> None:
    with pytest.raises(ChannelError) as failure:
        await download(f"{site.url}/{page}", 999, only_first)
    assert (type(failure.value), failure.value.reason) == (remedy, reason)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433"])
async def test_our_own_machine_is_never_asked_whatever_it_is_called(site: Site, host: str) -> None:
    with pytest.raises(Refused) as failure:
        await download(site.url.replace("127.0.0.1", host) + "/file")
    assert failure.value.reason == "bad_address"
    assert site.asked == []


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://127.0.0.1/a", "example.jpg", "", "http://", "http://[bad"]
)
async def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(Refused) as failure:
        await download(url)
    assert failure.value.reason == "bad_address"


async def test_a_server_that_is_not_there_may_be_asked_again() -> None:
    with pytest.raises(NotSent) as failure:
        await download("http://127.0.0.1:9/file", may_ask=is_loopback)
    assert failure.value.reason == "unreachable"


async def test_the_url_is_in_no_error_and_no_log_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for url in ("http://127.0.0.1:9/signed-url", "http://[bad/signed-url", "ftp://signed-url/"):
        with pytest.raises(ChannelError) as failure:
            await download(url, may_ask=is_loopback)
        told = [repr(failure.value), repr(failure.value.__context__), repr(failure.value.__cause__), caplog.text]
        assert "signed-url" not in "".join(told)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("127.8.9.1", False),
        ("169.254.169.254", False),
        ("192.168.1.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
        ("::", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("fc00::1", False),
        ("fe80::1%eth0", False),
        ("ff0e::1", False),
    ],
)
def test_only_public_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public
