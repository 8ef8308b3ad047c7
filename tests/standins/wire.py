"""A wire to a server that can be cut: a TCP proxy on 127.0.0.1."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self


class Wire:
    """`cut` ends every connection and refuses new ones until `mend`."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._ends = set[asyncio.StreamWriter]()
        self._whole = True

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()
        self._server.close()

    def cut(self) -> None:
        self._whole = False
        for end in self._ends:
            end.transport.abort()

    def mend(self) -> None:
        self._whole = True

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._whole:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection(*self._to)
        both = {writer, far_writer}
        self._ends |= both
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        self._ends -= both


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()
