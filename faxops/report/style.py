"""Colour, or none: the few ways in which text reports set a word apart."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Style:
    """Paints words for a terminal; without `color` every method returns its text as it is."""

    color: bool = False

    def create(self, text: str) -> str:
        """Something new."""
        return self._paint("32", text)

    def update(self, text: str) -> str:
        """Something that changes."""
        return self._paint("33", text)

    def destroy(self, text: str) -> str:
        """Something that goes away."""
        return self._paint("31", text)

    def adopt(self, text: str) -> str:
        """Something whose ownership changes and nothing else."""
        return self._paint("36", text)

    def error(self, text: str) -> str:
        """The word that opens an error."""
        return self._paint("1;31", text)

    def warning(self, text: str) -> str:
        """The word that opens a warning."""
        return self._paint("1;33", text)

    def strong(self, text: str) -> str:
        """A line to be seen first."""
        return self._paint("1", text)

    def faint(self, text: str) -> str:
        """What frames the rest."""
        return self._paint("2", text)

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.color else text
