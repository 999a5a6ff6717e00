"""Places, shapes, instants and volumes: what a model may ask for and draw."""

from web_scenarios.sky_watch.model import watch_sky as model

__all__ = ["model"]
