"""Serve a platform, with its airspace as the environment says, on a socket that is given."""

import socket
import sys
from pathlib import Path

import uvicorn

from chengmo.app import asgi_app, open_platform


def main() -> None:
    with (
        open_platform(home=Path(sys.argv[1]), work=False) as platform,
        socket.socket(fileno=int(sys.argv[2])) as listener,
    ):
        server = uvicorn.Server(uvicorn.Config(asgi_app(platform), log_level="warning"))
        server.run(sockets=[listener])


if __name__ == "__main__":
    main()
