"""The only place that speaks HTTP inward. Its pages show dates in the same words as letters do."""

from checkout.ground import dates

__all__ = ["dates"]
