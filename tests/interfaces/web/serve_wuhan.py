"""Serve a city on a free loopback port and print the address: what the browser tests open."""

import socket
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from chengmo.app import open_platform
from chengmo.interfaces import ogc, web
from chengmo.interfaces.boundary import exception_handlers
from chengmo.interfaces.guard import Guard
from chengmo.runs.city_pack import load_city


def main() -> None:
    with open_platform(home=Path(sys.argv[1])) as platform, socket.socket() as listener:
        if "wuhan" in sys.argv[2:]:
            load_city(platform, "wuhan")
        listener.bind(("127.0.0.1", 0))
        # From here on connections wait in the queue until the server takes them.
        listener.listen()
        routes = [*web.routes(platform), *ogc.routes(platform)]
        application = Starlette(routes=routes, exception_handlers=exception_handlers())
        guarded = Guard(application, larger_bodies={"/imports": web.UPLOAD_LIMIT_BYTES})
        sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        uvicorn.Server(uvicorn.Config(guarded, log_level="warning")).run(sockets=[listener])


if __name__ == "__main__":
    main()
