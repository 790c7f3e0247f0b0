"""For tests with a real Chromium: none is left behind, whatever a crawl does."""

import socket
import threading
from contextlib import suppress
from pathlib import Path

import psutil
import pytest


@pytest.fixture
def database_kind():
    return "sqlite"  # nothing here asks it for more than any crawl does


class Watch(threading.Thread):
    """Notes every process of a browser that this test's crawls start, and every folder of one."""

    def __init__(self):
        super().__init__(daemon=True)
        self.over = threading.Event()
        self.processes = {}
        self.folders = set()
        self.peak = 0

    def run(self):
        while not self.over.wait(0.2):
            self.look()

    def look(self):
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                line = process.cmdline()
                if "rendering_keeper" in str(line) or "headless" in str(line):
                    self.processes[process.pid, process.create_time()] = process
                    self.peak = max(self.peak, process.memory_info().rss)
                    self.folders |= {
                        Path(each.partition("=")[2])
                        for each in line
                        if each.startswith("--user-data-dir=")
                    }

    def left(self):
        """What is still there of all that was started."""
        alive = [each for each in self.processes.values() if self.lives(each)]
        return alive + [folder for folder in self.folders if folder.exists()]

    @staticmethod
    def lives(process):
        with suppress(psutil.Error):
            return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
        return False


@pytest.fixture(autouse=True)
def watch(wait_for):
    """Whatever a crawl does and however it ends, no process and no folder of a browser stays."""
    watch = Watch()
    watch.start()
    yield watch
    watch.over.set()
    watch.join()
    wait_for(lambda: not watch.left(), seconds=10)


class Trap:
    """An address that nobody may connect to, and how many did."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.connected = 0
        threading.Thread(target=self.count, daemon=True).start()

    def count(self):
        while True:
            try:
                self.listener.accept()[0].close()
            except OSError:
                return
            self.connected += 1


@pytest.fixture
def trap():
    trap = Trap()
    yield trap
    trap.listener.shutdown(socket.SHUT_RDWR)
    trap.listener.close()
