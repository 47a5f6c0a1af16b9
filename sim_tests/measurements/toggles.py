"""Counting what toggles in a simulation, from its waveforms."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Toggles:
    """Bit changes of each net of a VCD file, under all the names it has."""

    counts: dict[str, int] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)

    def total(self) -> int:
        """Of all nets."""
        return sum(self.counts.values())

    def of(self, *endings: str) -> int:
        """Of the nets one of whose names, scopes included, ends like this; each net counts once."""
        return sum(
            count
            for code, count in self.counts.items()
            if any(name.endswith(endings) for name in self.names[code])
        )


def count_toggles(path: Path, *, ignored: tuple[str, ...]) -> Toggles:
    """Read a VCD file; nets with one of the ``ignored`` names, and their first values, do not count."""
    toggles = Toggles()
    scopes: list[str] = []
    values: dict[str, int] = {}
    with path.open(encoding="utf-8") as file:
        for line in file:
            words = line.split()
            if not words:
                continue
            if words[0] == "$scope":
                scopes.append(words[2])
            elif words[0] == "$upscope":
                scopes.pop()
            elif words[0] == "$var":
                toggles.names.setdefault(words[3], []).append(".".join([*scopes, words[4]]))
            elif words[0][0] in "01b" and not words[0].startswith("$"):
                bits, code = (words[0][1:], words[1]) if words[0][0] == "b" else (words[0][0], words[0][1:])
                value = int(bits.replace("x", "0").replace("z", "0"), 2)
                if code in values:
                    toggles.counts[code] = toggles.counts.get(code, 0) + (values[code] ^ value).bit_count()
                values[code] = value
    for code, names in toggles.names.items():
        if any(name.rpartition(".")[2] in ignored for name in names):
            toggles.counts.pop(code, None)
    return toggles
