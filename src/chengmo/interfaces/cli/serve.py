"""`chengmo serve | demo`: the web page and the OGC API on this machine."""

import ipaddress
import socket
import threading
import webbrowser
from dataclasses import dataclass
from typing import Any

import click
import uvicorn

from chengmo.errors import RequestError
from chengmo.interfaces.cli.language import say
from chengmo.interfaces.cli.output import progress_bar
from chengmo.interfaces.cli.session import Session, pass_session, place_options
from chengmo.interfaces.cli.walls import warn_of_missing_walls

DEFAULT_PORT = 8037
DEMO = "wuhan"
_AFTER_S = 3.0
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - what they are called, not where to listen
# Of TLS 1.2, besides all of TLS 1.3: with forward secrecy and authenticated encryption alone.
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
_UNENCRYPTED = say(
    "注意：未加密，网络上的人看得到密码与密钥；"
    "请用 --certificate 与 --private-key，或前置 TLS 代理",
    "careful: not encrypted. Others on the network can read passwords and keys; use --certificate "
    "and --private-key, or a TLS proxy in front",
)


@dataclass(frozen=True)
class Tls:
    """The files with which a server shows who it is; None for plain HTTP."""

    certificate: str | None = None
    private_key: str | None = None


@dataclass(frozen=True)
class Place:
    """Where a server listens, and what it is called.

    Attributes:
        host: Address.
        port: 0 for any free one.
        names: That browsers may use besides this machine's own.
        tls: Its certificate.
    """

    host: str
    port: int
    names: tuple[str, ...] = ()
    tls: Tls = Tls()

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names that a request may give, besides those of loopback."""
        known = () if is_loopback(self.host) or self.host in _EVERYWHERE else (self.host,)
        return (*self.names, *known)


_existing_file = click.Path(exists=True, dir_okay=False)
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
@click.option(
    "--name",
    "names",
    multiple=True,
    help=say("浏览器使用的主机名，可多次给出", "A host name that browsers use; several allowed"),
)
@click.option(
    "--certificate",
    type=_existing_file,
    help=say("TLS 证书（PEM，含链）", "TLS certificate with its chain, PEM"),
)
@click.option("--private-key", type=_existing_file, help=say("TLS 私钥（PEM）", "Its key, PEM"))
@place_options
@pass_session
def serve_command(session: Session, host: str, port: int, **asked: Any) -> None:
    """Serve until interrupted."""
    tls = Tls(asked["certificate"], asked["private_key"])
    place = Place(host, port, tuple(asked["names"]), tls)
    if not is_loopback(host) or place.names:
        check_administrator(session, host)
        check_names(place)
        if tls.certificate is None:
            click.echo(_UNENCRYPTED, err=True)
    warn_of_missing_walls()
    _serve(session, place, on_ready=_announce)


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
    loading = threading.Timer(_AFTER_S, _load_the_rest, args=(session,))

    def ready(url: str) -> None:
        _announce(url)
        loading.start()
        if browser:
            # Without a screen nothing opens; the address is printed all the same.
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()

    _serve(session, Place(host, port), on_ready=ready)
    loading.cancel()
    if loading.ident is not None:
        loading.join()


def _load_the_rest(session: Session) -> None:
    from chengmo.runs.city_contests import open_city_contests
    from chengmo.runs.city_pack import load_city

    load_city(session.platform, DEMO)
    open_city_contests(session.platform, DEMO)


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach `host`."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_loopback(host: str) -> None:
    """Refuse to show the demo to others: it has one administrator, without a password.

    Raises:
        RequestError: If `host` is not this machine alone.
    """
    if not is_loopback(host):
        raise RequestError(
            say(f"不能在 {host} 上监听", f"will not listen on {host}"),
            hint=say(
                "示范城市只在本机 127.0.0.1 上服务；供他人使用请用 chengmo serve",
                "the demo serves 127.0.0.1 alone; for others there is chengmo serve",
            ),
        )


def check_administrator(session: Session, host: str) -> None:
    """Refuse to let others reach a platform on which nobody can sign in.

    Raises:
        RequestError: If no active administrator has a password.
    """
    if not session.platform.people.has_administrator():
        command = "chengmo account add NAME --role administrator"
        raise RequestError(
            say(
                f"不能在 {host} 上供他人访问：还没有设密码的管理员",
                f"will not let others in on {host}: no administrator has a password yet",
            ),
            hint=say(f"先执行：{command}", f"first: {command}"),
        )


def check_names(place: Place) -> None:
    """Refuse to listen on every address of the machine without a name to be called by.

    Raises:
        RequestError: If so: each request would be refused for its `Host`.
    """
    if not place.names and place.host in _EVERYWHERE:
        raise RequestError(
            say("还不知道浏览器用什么主机名", "browsers call the server by no known name"),
            hint=say("给出：--name city.example", "give it: --name city.example"),
        )


def _announce(url: str) -> None:
    click.echo(
        say(f"城模已就绪：{url}  （Ctrl+C 停止）", f"Chengmo is ready: {url}  (Ctrl+C stops it)")
    )


def _serve(session: Session, place: Place, *, on_ready: Any) -> None:
    listener = _listen(place.host, place.port)
    application = session.composition.asgi_app(
        session.platform, hosts=place.hosts, local=is_loopback(place.host)
    )
    server = _AnnouncingServer(
        server_config(application, place.tls),
        on_ready=lambda: on_ready(_url_of(place, listener)),
    )
    server.run(sockets=[listener])


def server_config(application: Any, tls: Tls) -> uvicorn.Config:
    """Return how the server serves `application`."""
    return uvicorn.Config(
        application,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=3,
        ssl_certfile=tls.certificate,
        ssl_keyfile=tls.private_key,
        ssl_ciphers=_CIPHERS,
    )


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


def _url_of(place: Place, listener: socket.socket) -> str:
    host = place.names[0] if place.names else place.host
    shown = f"[{host}]" if ":" in host else host
    scheme = "http" if place.tls.certificate is None else "https"
    return f"{scheme}://{shown}:{listener.getsockname()[1]}/"
