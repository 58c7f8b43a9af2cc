"""The port that a server takes: what its connections may do."""

import asyncio
import socket

from plaudit.server.listening import listening


def test_an_answer_in_two_packets_does_not_wait_for_the_first() -> None:
    async def accepted() -> bool:
        """Whether a connection, as the server gets it, sends small packets at once."""
        with listening("127.0.0.1", 0) as listener:
            opened: asyncio.Future[int] = asyncio.get_running_loop().create_future()

            def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                own = writer.get_extra_info("socket")
                opened.set_result(own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
                writer.close()

            async with await asyncio.start_server(connected, sock=listener.dup()):
                _, writer = await asyncio.open_connection(*listener.getsockname())
                writer.close()
                return bool(await opened)

    assert asyncio.run(accepted())
