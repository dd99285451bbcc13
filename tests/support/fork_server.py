"""Starts modules of ours as processes without importing everything anew: `python -m tests.support.fork_server PATH`.

One connection to the Unix socket PATH is one process. The client sends the length of its order, the file descriptors of
output and errors, and the order; it gets the process id and, when the process has ended, its exit code (the negative
signal when it was killed), four bytes each. A connection that is closed kills its process; the end of standard input
ends all of them, and this one.

A forked process is one as any other: its memory, event loop and connections are its own, signals reach it alone.
"""

import gc
import os
import runpy
import select
import signal
import socket
import sys
import warnings
from dataclasses import dataclass
from importlib import import_module

import msgspec

from tests.support.processes import NUMBER, Order
from torana.kit import faultpoints

IMPORTED = ("torana.cli.main", "torana.cli.installation", "torana.app", "torana.worker", "tests.support.serve")
"""For the processes to come."""


@dataclass
class Server:
    listening: socket.socket
    waking: socket.socket
    """Readable when a process has ended."""
    clients: dict[int, socket.socket]
    """By process id."""

    def run(self) -> None:
        while True:
            readable, _, _ = select.select([sys.stdin, self.listening, self.waking, *self.clients.values()], [], [])
            if sys.stdin in readable:
                return
            if self.waking in readable:
                self.waking.recv(4096)
                self._tell_ends()
            for pid, client in list(self.clients.items()):
                if client in readable:  # its end: clients send nothing after their order
                    os.kill(pid, signal.SIGKILL)
                    client.close()
                    del self.clients[pid]
            if self.listening in readable:
                self._begin(self.listening.accept()[0])

    def end(self) -> None:
        for pid in self.clients:
            os.kill(pid, signal.SIGKILL)

    def _tell_ends(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            client = self.clients.pop(pid, None)
            if client is not None:
                client.sendall(NUMBER.pack(os.waitstatus_to_exitcode(status)))
                client.close()

    def _begin(self, client: socket.socket) -> None:
        head, outputs, _, _ = socket.recv_fds(client, NUMBER.size, 2)
        order = msgspec.json.decode(_exactly(client, NUMBER.unpack(head)[0]), type=Order)
        pid = os.fork()
        if pid == 0:
            client.close()
            self._become(order, *outputs)
        for output in outputs:
            os.close(output)
        self.clients[pid] = client
        client.sendall(NUMBER.pack(pid))

    def _become(self, order: Order, output: int, errors: int) -> None:
        """In the new process: run what was ordered, and never return."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for mine in (self.listening, self.waking, *self.clients.values()):
            mine.close()
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (output, 1), (errors, 2)):
            os.dup2(source, target)
            os.close(source)
        os.environ.clear()
        os.environ.update(order.environment)
        faultpoints.arm_from_environment()
        sys.argv = [order.module, *order.arguments]
        code = 1
        try:
            runpy.run_module(order.module, run_name="__main__", alter_sys=True)
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


def _exactly(client: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        data += client.recv(length - len(data))
    return data


def main(path: str) -> None:
    warnings.simplefilter("ignore")
    for module in IMPORTED:
        import_module(module)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen()
    waking, wakes = socket.socketpair()
    wakes.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes.fileno())
    gc.freeze()  # what is imported is shared between all of them
    print("ready", flush=True)
    server = Server(listening, waking, {})
    try:
        server.run()
    finally:
        server.end()


if __name__ == "__main__":
    main(sys.argv[1])
