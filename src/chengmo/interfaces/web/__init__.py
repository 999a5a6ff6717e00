"""The web page and the endpoints that only it needs."""

from chengmo.interfaces.web.site import UPLOAD_LIMIT_BYTES, routes

__all__ = ["UPLOAD_LIMIT_BYTES", "routes"]
