"""`chengmo mcp`: the platform for assistants, over standard input and output or over HTTP."""

import importlib.util

import click

from chengmo.errors import RequestError
from chengmo.interfaces.cli.language import say
from chengmo.interfaces.cli.session import Session, pass_session, place_options


@click.command(
    "mcp",
    help=say(
        "供 AI 助手使用的服务（Model Context Protocol）：默认走标准输入输出。",
        "Serve assistants (Model Context Protocol), over standard input and output by default.",
    ),
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=say("改走 HTTP：http://127.0.0.1:PORT/mcp", "Over HTTP: http://127.0.0.1:PORT/mcp"),
)
@place_options
@pass_session
def mcp_command(session: Session, port: int | None) -> None:
    """Serve until the assistant goes, or until interrupted."""
    if session.composition.assistants is None or importlib.util.find_spec("mcp") is None:
        raise RequestError(
            say("没有安装 MCP 组件", "the parts for MCP are not installed"),
            hint='pip install "chengmo[mcp]"',
        )
    import anyio

    assistants = session.composition.assistants()
    platform = session.platform
    platform.runs.start_worker()
    try:
        if port is None:
            anyio.run(assistants.serve_stdio, platform, session.actor)
        else:
            _serve_http(assistants.http_app(platform), port)
    finally:
        platform.runs.stop_worker()


def _serve_http(application: object, port: int) -> None:
    import socket

    import uvicorn

    with socket.create_server(("127.0.0.1", port)) as listener:
        where = f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
        click.echo(say(f"助手可用：{where}", f"Ready for assistants: {where}"))
        config = uvicorn.Config(application, log_level="warning")  # pyright: ignore[reportArgumentType]
        uvicorn.Server(config).run(sockets=[listener])
