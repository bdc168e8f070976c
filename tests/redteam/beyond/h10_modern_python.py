# EXPECT: ok
from __future__ import annotations
import abc, contextlib, enum, functools, itertools, typing
from dataclasses import dataclass, field
class Mode(enum.Enum):
    SQUARE = 2
class Base(abc.ABC):
    @abc.abstractmethod
    def go(self, x: float) -> float: ...
@dataclass(slots=True)
class Squares(Base):
    power: int = Mode.SQUARE.value
    seen: list[float] = field(default_factory=list)
    def go(self, x: float) -> float:
        match self.power:
            case 2:
                return x * x
            case _:
                raise ValueError
@functools.lru_cache
def maker() -> Squares:
    return Squares()
def solve(x):
    with contextlib.suppress(KeyError):
        {}["nothing"]
    *_, last = itertools.accumulate(maker().go(float(v)) for v in x)
    return last
