"""A helper process that answers each line of JSON on its standard input with a line of JSON on its standard output."""

import json
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class JsonProcess:
    """Runs until it is closed, or until the process that started it ends."""

    def __init__(self, command: Sequence[str | Path]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", start_new_session=True
        )
        self._command = command
        self._lock = threading.Lock()

    def ask(self, request: object) -> Any:
        """The answer to a request; threads wait for each other."""
        assert self._process.stdin
        assert self._process.stdout
        with self._lock:
            try:
                print(json.dumps(request), file=self._process.stdin, flush=True)
                answer = self._process.stdout.readline()
            except BrokenPipeError:
                answer = ""
        if not answer:
            raise ChildProcessError(f"{' '.join(map(str, self._command))} ended early; its message is above")
        return json.loads(answer)

    def close(self) -> None:
        """End the process."""
        self._process.communicate()
