"""`chengmo serve | demo`: the web page and the OGC API on this machine."""

import ipaddress
import socket
import threading
import webbrowser
from typing import Any

import click
import uvicorn

from chengmo.errors import RequestError
from chengmo.interfaces.cli.language import say
from chengmo.interfaces.cli.output import progress_bar
from chengmo.interfaces.cli.session import Session, pass_session, place_options

DEFAULT_PORT = 8037
DEMO = "wuhan"
_AFTER_S = 3.0

host_option = click.option("--host", default="127.0.0.1", show_default=True)
port_option = click.option(
    "--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(0, 65535)
)
browser_option = click.option(
    "--browser/--no-browser", default=True, help=say("打开浏览器", "Open the browser")
)


@click.command("serve", help=say("启动网页与 OGC API 服务。", "Start the web page and OGC API."))
@host_option
@port_option
@place_options
@pass_session
def serve_command(session: Session, host: str, port: int) -> None:
    """Serve until interrupted."""
    _serve(session, host, port, on_ready=_announce)


@click.command("demo", help=say("打开示范城市武汉。", "Open the demo city, Wuhan."))
@host_option
@port_option
@browser_option
@place_options
@pass_session
def demo_command(session: Session, host: str, port: int, browser: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Load the city's data where they are missing, then serve."""
    from chengmo.runs.city_pack import find_city, load_city

    check_loopback(host)
    click.echo(say("正在装入武汉…", "Loading Wuhan…"), err=True)
    platform = session.platform
    with progress_bar() as advance:
        # What the first map shows; the rest arrives while the page is being looked at.
        load_city(platform, DEMO, only=find_city(DEMO).first_map, on_progress=advance)
    # A moment later, so that the page is drawn before the rest is read.
    loading = threading.Timer(_AFTER_S, load_city, args=(platform, DEMO))

    def ready(url: str) -> None:
        _announce(url)
        loading.start()
        if browser:
            # Without a screen nothing opens; the address is printed all the same.
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()

    _serve(session, host, port, on_ready=ready)
    loading.cancel()
    if loading.ident is not None:
        loading.join()


def check_loopback(host: str) -> None:
    """Refuse to listen where others could reach the platform: it has no accounts yet.

    Raises:
        RequestError: If `host` is not this machine alone.
    """
    try:
        is_loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise RequestError(
            say(f"不能在 {host} 上监听", f"will not listen on {host}"),
            hint=say(
                "平台还没有账户，只在本机 127.0.0.1 上服务；远程访问请用 SSH 隧道",
                "there are no accounts yet: it serves 127.0.0.1 alone; use an SSH tunnel",
            ),
        )


def _announce(url: str) -> None:
    click.echo(
        say(f"城模已就绪：{url}  （Ctrl+C 停止）", f"Chengmo is ready: {url}  (Ctrl+C stops it)")
    )


def _serve(session: Session, host: str, port: int, *, on_ready: Any) -> None:
    check_loopback(host)
    listener = _listen(host, port)
    application = session.composition.asgi_app(session.platform)
    server = _AnnouncingServer(
        uvicorn.Config(
            application,
            log_level="warning",
            server_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=3,
        ),
        on_ready=lambda: on_ready(_url_of(host, listener)),
    )
    server.run(sockets=[listener])


class _AnnouncingServer(uvicorn.Server):
    """A server that tells when it answers, so that nobody opens a page before."""

    def __init__(self, config: uvicorn.Config, on_ready: Any) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._on_ready()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise RequestError(
            say(f"端口 {port} 不可用：{error.strerror}", f"port {port}: {error.strerror}"),
            hint=say(
                "换一个端口：--port 0 由系统挑选", "choose another; --port 0 takes a free one"
            ),
        ) from error
    return listener


def _url_of(host: str, listener: socket.socket) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listener.getsockname()[1]}/"
