"""The faults that tests must notice, as the TOML files of this folder list them, one file an area."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).resolve().parent


class CatalogueError(ValueError):
    """An entry that cannot be planted; the message names it."""


@dataclass(frozen=True)
class Fault:
    """One edit of one file, and the test that must fail because of it."""

    area: str
    name: str
    file: str
    find: str
    replace: str
    test: str
    quick: bool = False
    """Planted on every test run, not only when all faults are."""

    @property
    def identifier(self) -> str:
        """Area and name."""
        return f"{self.area}: {self.name}"

    def apply(self, tree: Path) -> None:
        """Plant the fault in a copy of the project; :class:`CatalogueError` if ``find`` is not there once."""
        path = tree / self.file
        if not path.is_file():
            raise CatalogueError(f"{self.identifier}: there is no file {self.file}")
        text = path.read_text(encoding="utf-8")
        if (count := text.count(self.find)) != 1:
            raise CatalogueError(
                f"{self.identifier}: {self.file} must hold {self.find!r} once, not {count} times"
            )
        if self.find == self.replace:
            raise CatalogueError(f"{self.identifier}: replace must differ from find")
        path.write_text(text.replace(self.find, self.replace), encoding="utf-8")


def load() -> tuple[Fault, ...]:
    """All faults, in the order of files and entries; :class:`CatalogueError` if an entry is malformed."""
    faults = []
    for path in sorted(FOLDER.glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        if content.keys() != {"fault"}:
            raise CatalogueError(f"{path.name} must hold [[fault]] tables only")
        for entry in content["fault"]:
            try:
                faults.append(Fault(area=path.stem, **entry))
            except TypeError as problem:
                raise CatalogueError(f"{path.name}: {entry.get('name')}: {problem}") from problem
    names = [fault.identifier for fault in faults]
    if repeated := {name for name in names if names.count(name) > 1}:
        raise CatalogueError(f"names must be unique: {', '.join(sorted(repeated))}")
    return tuple(faults)
