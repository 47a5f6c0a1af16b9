"""The cost model: cycles of a compiled program, from the same configuration that the hardware is built from.

Each engine's file says in closed form what one of its commands takes; ``timeline.py`` lets the commands of a program
follow and wait for each other as the hardware does, and ``conflicts.py`` works out, from the addresses that
overlapping commands read, who loses which cycle to whom.
"""

from celosia.compiler.cost.account import Account, LayerAccount, RunAccount, account
from celosia.compiler.cost.predict import Prediction, predict
from celosia.compiler.cost.times import CommandTime
from celosia.compiler.cost.traffic import Traffic

__all__ = [
    "Account",
    "CommandTime",
    "LayerAccount",
    "Prediction",
    "RunAccount",
    "Traffic",
    "account",
    "predict",
]
