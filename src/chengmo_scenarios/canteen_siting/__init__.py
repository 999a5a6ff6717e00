"""Where to put senior canteens, first-aid points or childcare places, so that they can live."""

from chengmo_scenarios.canteen_siting.model import site_canteens as model

__all__ = ["model"]
