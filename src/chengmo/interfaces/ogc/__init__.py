"""OGC API Common, Features and Processes over the platform."""

from chengmo.interfaces.ogc.api import routes

__all__ = ["routes"]
