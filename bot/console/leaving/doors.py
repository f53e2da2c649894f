"""The pages of a child that leaves, of her own data, and of what families told."""

from collections.abc import Sequence

from bot.console.leaving import can, leaves, own_data
from bot.console.visit import Door

DOORS: Sequence[Door] = (*own_data.DOORS, *can.DOORS, *leaves.DOORS)
