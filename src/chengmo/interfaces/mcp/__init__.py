"""The platform for assistants: a Model Context Protocol server over datasets and models."""

from chengmo.interfaces.mcp.server import http_app, make_server, serve_stdio

__all__ = ["http_app", "make_server", "serve_stdio"]
