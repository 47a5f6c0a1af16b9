"""What earlier runs found out about planted faults."""

import json
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from sim_tests.faults.catalogue import ROOT, Fault


class Journal:
    """The faults that tests noticed, in a file with a line for each: written as soon as it is known.

    A fault is known as long as its entry, the file that it is planted in, and the file with its test are what they
    were. What else the test sees may have changed: who wants to be sure begins a new file.

    Parameters
    ----------
    path : Path
        The file; made if it is not there. A last line that was cut off by an interruption is ignored.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        whole = text[: text.rfind("\n") + 1]
        if whole != text:
            path.write_text(whole, encoding="utf-8")
        self._known = {json.loads(line)["digest"] for line in whole.splitlines()}

    def knows(self, fault: Fault) -> bool:
        """Whether the fault was noticed, as it is now."""
        return digest(fault) in self._known

    def add(self, fault: Fault, as_it_was: str, seconds: float) -> None:
        """The fault was noticed after so many seconds; ``as_it_was`` is its digest before it was planted."""
        line = {"fault": fault.identifier, "seconds": round(seconds, 1), "digest": as_it_was}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        self._known.add(as_it_was)


def digest(fault: Fault) -> str:
    """Of the entry, the file that it is planted in, and the file with its test."""
    texts = [
        (ROOT / file).read_text(encoding="utf-8") for file in (fault.file, fault.test.partition("::")[0])
    ]
    return sha256(json.dumps([asdict(fault), *texts], sort_keys=True).encode()).hexdigest()
