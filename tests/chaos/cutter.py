"""A TCP relay between devices and servers, whose connections can all be cut at once."""
import asyncio
import contextlib
import itertools
import socket
import struct
import threading


class Cutter:
    """Has a port, with its url in urls, for each list of addresses (host, port). Its connections go round the list, past those that do not
    answer; a list may be filled later."""

    def __init__(self, ports, scheme="http"):
        self.scheme, self.loop, self.writers, self.urls = scheme, asyncio.new_event_loop(), set(), []
        ready = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(ports, ready), daemon=True)
        self.thread.start()
        ready.wait()

    def _run(self, ports, ready):
        asyncio.set_event_loop(self.loop)
        self.servers = [self.loop.run_until_complete(self._listen(addresses)) for addresses in ports]
        ready.set()
        self.loop.run_forever()

    async def _listen(self, addresses):
        turns = itertools.count()
        server = await asyncio.start_server(lambda reader, writer: self._relay(reader, writer, addresses, next(turns)), "127.0.0.1", 0,
                                            backlog=512)
        self.urls.append(f"{self.scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        return server

    @staticmethod
    async def _open(addresses, turn):
        for number in range(len(addresses)):
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(*addresses[(turn + number) % len(addresses)])
        return None

    async def _relay(self, reader, writer, addresses, turn):
        self.writers.add(writer)
        there = await self._open(addresses, turn)
        if not there:
            self._reset(writer)
            return
        there_reader, there_writer = there
        self.writers.add(there_writer)
        await asyncio.gather(self._copy(reader, there_writer), self._copy(there_reader, writer))

    async def _copy(self, reader, writer):
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        self.writers.discard(writer)
        writer.close()

    def _reset(self, writer):
        """Ends a connection with RST, as a lost middlebox does."""
        self.writers.discard(writer)
        sock = writer.get_extra_info("socket")
        if sock and sock.fileno() >= 0:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    def cut(self):
        """Resets both halves of every connection; new ones are relayed. Returns how many there were."""
        async def all_of_them():
            victims = list(self.writers)
            for writer in victims:
                self._reset(writer)
            return len(victims) // 2

        return asyncio.run_coroutine_threadsafe(all_of_them(), self.loop).result(10)

    def close(self):
        async def end():
            for server in self.servers:
                server.close()
            relays = asyncio.all_tasks() - {asyncio.current_task()}
            for relay in relays:
                relay.cancel()
            await asyncio.gather(*relays, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
