"""A small answer leaves at once; else each would wait 40 ms for its head to be acknowledged."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

from plaudit.server.listening import listening


def test_no_answer_waits_for_an_acknowledgement() -> None:
    options: list[int] = []

    def note(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line: socket.socket = writer.get_extra_info("socket")
        options.append(line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async def connected() -> None:
        with listening("127.0.0.1", 0) as listener:
            address = listener.getsockname()
            async with await asyncio.start_server(note, sock=listener):
                reader, writer = await asyncio.open_connection(*address)
                await reader.read()
                writer.close()

    with ThreadPoolExecutor(1) as thread:  # in this one a browser's own loop may run
        thread.submit(lambda: asyncio.run(connected())).result()
    assert options == [1]
