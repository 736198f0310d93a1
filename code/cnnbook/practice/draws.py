"""Random numbers that Python and the browser draw alike, from a problem's kind, level and seed.

The text ``kind/level/seed`` is hashed to 32 bits with FNV-1a (G. Fowler, L. C. Noll and K.-P. Vo), and the hash starts
mulberry32 (T. Ettinger), a generator with 32 bits of state. Both need nothing but multiplication modulo 2**32, which
JavaScript has as ``Math.imul``. `book/assets/scripts/practice/draws.js` is the other side; the tests hold both equal.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

_BITS = 0xFFFFFFFF


class Draws:
    """A stream of numbers that depends on the words it is opened with, and on nothing else.

    >>> draws = Draws("output_size", 2, 7)
    >>> draws.word(), draws.word(), [draws.between(1, 6) for _ in range(8)]
    (1356242341, 3872482240, [4, 2, 6, 1, 6, 2, 2, 1])
    """

    def __init__(self, *words: object) -> None:
        self._state = 0x811C9DC5
        for byte in "/".join(map(str, words)).encode("ascii"):
            self._state = (self._state ^ byte) * 0x01000193 & _BITS

    def word(self) -> int:
        """Draw a whole number below 2**32."""
        self._state = self._state + 0x6D2B79F5 & _BITS
        mixed = (self._state ^ self._state >> 15) * (self._state | 1) & _BITS
        mixed ^= mixed + ((mixed ^ mixed >> 7) * (mixed | 61) & _BITS) & _BITS
        return mixed ^ mixed >> 14

    def below(self, count: int) -> int:
        """Draw one of ``0 ... count - 1``, each equally likely.

        2**32 words cannot be dealt out evenly to every count: the last, incomplete round of them is drawn again.
        """
        complete = 2**32 - 2**32 % count
        while (word := self.word()) >= complete:
            pass
        return word % count

    def between(self, low: int, high: int) -> int:
        """Draw one of ``low ... high``, both included."""
        return low + self.below(high - low + 1)

    def pick(self, choices: Sequence[Any]) -> Any:
        """Draw one of a sequence."""
        return choices[self.below(len(choices))]

    def row(self, length: int, low: int, high: int) -> list[int]:
        """Draw a list of numbers, from left to right."""
        return [self.between(low, high) for _ in range(length)]

    def grid(self, height: int, width: int, low: int, high: int) -> list[list[int]]:
        """Draw rows of numbers, from top to bottom."""
        return [self.row(width, low, high) for _ in range(height)]

    def shuffled(self, choices: Sequence[str]) -> list[str]:
        """Give the choices in a drawn order."""
        rest = list(choices)
        return [rest.pop(self.below(len(rest))) for _ in choices]


Numbers = dict[str, Any]
Answer = int | tuple[int, ...]


class Drawn(NamedTuple):
    """One draw of a problem: the key of its texts, the numbers that they mention, its answer, and its mistakes.

    The mistakes, the most usual first, are wrong answers by the names of `cnnbook.mistakes`; None where there is none.
    """

    variant: str
    numbers: Numbers
    answer: Answer
    mistakes: Mapping[str, Answer | None]
