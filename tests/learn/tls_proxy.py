"""A small reverse proxy with TLS: what a web server does before a Roomcast server, as far as a test needs it."""

import asyncio
import ssl
import threading
from typing import Self

from tests.transports.worlds import CERTIFICATE


class TlsProxy:
    """Takes TLS on a free port of this computer, and hands on to `port`, saying that it asks for `client`."""

    def __init__(self, port: int) -> None:
        self.client = "198.51.100.9"  # whom it says that it asks for; a test may change it
        self.port = 0
        self._to = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        return await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)

    async def _stop(self) -> None:
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            lines = [line for line in head.split(b"\r\n")[:-2] if not line.lower().startswith(b"x-forwarded-")]
            lines += [f"X-Forwarded-For: {self.client}".encode(), b"X-Forwarded-Proto: https"]
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._to)
            server_writer.write(b"\r\n".join(lines) + b"\r\n\r\n")
            await asyncio.gather(_pass_on(reader, server_writer), _pass_on(server_reader, writer))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
