"""A file of a platform fetched from a public URL, with the care that a URL from outside needs."""

import ipaddress
import socket
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

import aiohttp

from bot.errors import NotSent, Refused

LARGEST_FILE: Final = 25_000_000
"""bytes"""
CHUNK: Final = 256 * 1024
GLOBAL_IPV6: Final = ipaddress.IPv6Network("2000::/3")
_PATIENCE: Final = aiohttp.ClientTimeout(total=60, connect=10, sock_read=20)


class _Forbidden(PermissionError):
    """A connection to an address that may not be asked. An OSError, for only such pass through aiohttp whole."""


def is_public(address: str) -> bool:
    """May this IP address be asked for a stranger's sake? Not our own network, nor what only wraps such an address."""
    ip = ipaddress.ip_address(address)
    if ip.is_multicast or not ip.is_global:
        return False
    return ip.version == 4 or (ip in GLOBAL_IPV6 and ip.sixtofour is None)


def is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback


async def download(url: str, limit: int = LARGEST_FILE, may_ask: Callable[[str], bool] = is_public) -> bytes:
    """The bytes at `url`. Raises Refused («expired», «too_big», «bad_address») and NotSent, never Unknown.

    `may_ask` is asked of the address of every socket before it connects, so that no name, redirect or change of
    DNS between looking and connecting gets round it.
    """

    def guarded(info: tuple[Any, ...]) -> socket.socket:
        if not may_ask(info[4][0]):
            raise _Forbidden
        return socket.socket(info[0], info[1], info[2])

    connector = aiohttp.TCPConnector(socket_factory=guarded, force_close=True)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=_PATIENCE) as session,
            session.get(url, max_redirects=3) as answer,
        ):
            return await _body(answer, limit)
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
        problem: Refused | NotSent = Refused("bad_address", type(error).__name__)
    except aiohttp.ClientConnectorError as error:
        forbidden = isinstance(error.os_error, _Forbidden)
        problem = Refused("bad_address") if forbidden else NotSent("unreachable", type(error).__name__)
    except (aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
        problem = NotSent("unreachable", type(error).__name__)
    # Outside of the except: the error left behind has the URL in its words, and whoever has it can see the file.
    raise problem


async def _body(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    if answer.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        raise Refused("expired", str(answer.status))
    if answer.status != HTTPStatus.OK:
        raise NotSent("unreachable", str(answer.status))
    data = bytearray()
    async for chunk in answer.content.iter_chunked(CHUNK):
        data += chunk
        if len(data) > limit:
            raise Refused("too_big")
    return bytes(data)
