"""Somebody at a terminal: reads what a command shows there, and presses keys when it waits for one."""

from __future__ import annotations

import os
import pty
import select
import signal
import termios
import time

from tests.patience import PATIENCE

KEYS = "? help\n> "


class Typist:
    """A command in a pseudo-terminal of its own. `close` ends it."""

    def __init__(self, kb, *arguments, env=None):
        self._ours, self._theirs = pty.openpty()
        self.shown = ""
        self.process = kb.at_terminal(
            self._theirs,
            *arguments,
            env={"TERM": "dumb", "COLUMNS": "100", "USER": "ines", **(env or {})},
        )

    def see(self, text, timeout=PATIENCE):
        """Wait until the text is shown; gives what was shown from here up to its end."""
        deadline = time.monotonic() + timeout
        while text not in self.shown:
            assert time.monotonic() < deadline, f"{text!r} is not shown: {self.shown[-2000:]!r}"
            if not self._read(0.05) and self.process.poll() is not None and not self._read(0):
                raise AssertionError(
                    f"ended ({self.process.returncode}) without {text!r}: {self.shown[-2000:]!r}"
                )
        head, _, self.shown = self.shown.partition(text)
        return head + text

    def press(self, key):
        """Press a key once the command waits for one: what is typed before is thrown away."""
        deadline = time.monotonic() + PATIENCE
        while termios.tcgetattr(self._theirs)[3] & termios.ICANON:
            assert time.monotonic() < deadline, f"no key is waited for: {self.shown[-500:]!r}"
            time.sleep(0.005)
        os.write(self._ours, key.encode())

    def write(self, line):
        """Write a line and Enter, at a prompt that is shown."""
        os.write(self._ours, f"{line}\n".encode())

    def decide(self, key, answer=""):
        """When the keys are shown: press one. Gives what was shown up to there, and then up to the
        answer.
        """
        head = self.see(KEYS)
        self.press(key)
        return head + (self.see(answer) if answer else "")

    def end(self, timeout=PATIENCE):
        """Wait for the end; gives the exit code and what was shown since."""
        deadline = time.monotonic() + timeout
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"does not end: {self.shown[-500:]!r}"
            self._read(0.05)
        while self._read(0):
            pass
        return self.process.returncode, self.shown

    def hang_up(self):
        """Close the terminal under the command, as a window is closed."""
        self.process.send_signal(signal.SIGHUP)
        self.process.wait(PATIENCE)

    def lose(self, *, signalled):
        """Take the terminal away under the command, which is told so or only finds out; gives the
        exit code.
        """
        self.process.send_signal(signal.SIGSTOP)
        os.close(self._ours)
        self._ours = os.open(os.devnull, os.O_RDONLY)
        if signalled:
            self.process.send_signal(signal.SIGHUP)
        self.process.send_signal(signal.SIGCONT)
        return self.process.wait(PATIENCE)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)

    def _read(self, seconds):
        if not select.select([self._ours], [], [], seconds)[0]:
            return False
        self.shown += os.read(self._ours, 65536).decode("utf-8", "replace").replace("\r\n", "\n")
        return True
