"""Stand-ins for widely used datasets: their schema is real, their pixels are analytic fields."""

from .catalogue import StandIns

__all__ = ["StandIns"]
