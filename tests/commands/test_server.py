"""What `serve` listens on."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

from drone_service.commands.server import listen_on


def test_the_end_of_an_answer_is_not_held_back() -> None:
    """Without TCP_NODELAY a kept connection waits 40 ms at each answer; asyncio sets it on sockets known to be TCP."""

    async def connect() -> int:
        accepted: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            opened = writer.get_extra_info("socket")
            accepted.set_result(opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listener = listen_on("127.0.0.1", 0)
        async with await asyncio.start_server(answer, sock=listener):
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            await reader.read()
            writer.close()
        return await accepted

    # In a thread of its own: the browser of another test may keep a loop running in this one.
    with ThreadPoolExecutor(1) as elsewhere:
        assert elsewhere.submit(lambda: asyncio.run(connect())).result() != 0
