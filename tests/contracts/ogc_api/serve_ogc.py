"""Serve Wuhan on a free loopback port and print the address: what the abstract tests ask."""

import socket
import sys
from pathlib import Path

import uvicorn

from chengmo.app import asgi_app, open_platform
from chengmo.runs.city_pack import load_city


def main() -> None:
    with open_platform(home=Path(sys.argv[1])) as platform, socket.socket() as listener:
        load_city(platform, "wuhan")
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        server = uvicorn.Server(uvicorn.Config(asgi_app(platform), log_level="warning"))
        server.run(sockets=[listener])


if __name__ == "__main__":
    main()
