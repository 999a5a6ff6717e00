"""Telemetry by MQTT: one connection to a broker, a topic for each operator.

The broker says who may write to which topic; what lies below `TOPIC/` is the operator. A batch
(JSON or Arrow, told apart by their first bytes) of quality 1 is acknowledged to the broker when it
is on disk: killed in between, it is sent again, and what comes twice is kept once. While the centre
is busy nothing is acknowledged, so the broker sends no more than it may have under way. What is
refused is told on `TOPIC-receipts/OPERATOR`.
"""

import asyncio
import json
import logging
import threading
from concurrent.futures import Future

import aiomqtt
from anyio import to_thread

from chengmo import PlatformError, ResourceExhausted
from chengmo_airspace.flights.refusal import FlightRefused
from chengmo_airspace.interfaces.door import LONGEST_BODY
from chengmo_airspace.interfaces.tracking import read_messages, receipt_document
from chengmo_airspace.interfaces.tracking_settings import BrokerSettings
from chengmo_airspace.tracking import DataCentre
from chengmo_airspace.tracking.monitor import Receipt
from chengmo_airspace.tracking.telemetry import Table

_log = logging.getLogger(__name__)
_BUSY_S = 0.05
_AGAIN_S = (0.5, 1.0, 2.0, 5.0, 10.0)
_MOST_AT_ONCE = 32
# An Arrow IPC stream begins with this; no JSON does.
_ARROW = b"\xff\xff\xff\xff"
_CLIENT = "chengmo-tracking"


class MqttListener:
    """Listens to a broker in a thread of its own, and to it again when it was away.

    Attributes:
        is_heard: Set while it is connected and subscribed.
    """

    def __init__(self, centre: DataCentre, settings: BrokerSettings) -> None:
        self._centre, self._settings = centre, settings
        self.is_heard = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._ending = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="tracking-mqtt", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._listen())

    async def _listen(self) -> None:
        tries = 0
        while not self._ending.is_set():
            listening = asyncio.create_task(self._connect())
            ending = asyncio.create_task(self._ending.wait())
            await asyncio.wait({listening, ending}, return_when=asyncio.FIRST_COMPLETED)
            tries = 0 if self.is_heard.is_set() else tries + 1
            self.is_heard.clear()
            ending.cancel()
            listening.cancel()
            fault = (await asyncio.gather(listening, return_exceptions=True))[0]
            if isinstance(fault, aiomqtt.MqttError):
                _log.warning("the broker of telemetry is away: %s", fault)
            wait_s = _AGAIN_S[min(tries, len(_AGAIN_S) - 1)]
            await asyncio.wait({asyncio.create_task(self._ending.wait())}, timeout=wait_s)

    async def _connect(self) -> None:
        settings = self._settings
        async with aiomqtt.Client(
            settings.host,
            settings.port,
            username=settings.user,
            password=settings.password,
            identifier=_CLIENT,
            # What comes while this is away waits at the broker.
            clean_session=False,
            tls_params=aiomqtt.TLSParameters() if settings.is_secret else None,
            max_queued_incoming_messages=4 * _MOST_AT_ONCE,
        ) as client:
            # aiomqtt acknowledges on receipt and has no other way yet; the client beneath it does.
            client._client.manual_ack_set(True)  # noqa: FBT003, SLF001  # pyright: ignore[reportPrivateUsage]
            await client.subscribe(f"{settings.topic}/+", qos=1)
            self.is_heard.set()
            room = asyncio.Semaphore(_MOST_AT_ONCE)
            async with asyncio.TaskGroup() as tasks:
                async for message in client.messages:
                    await room.acquire()
                    tasks.create_task(self._take(client, message, room))

    async def _take(
        self, client: aiomqtt.Client, message: aiomqtt.Message, room: asyncio.Semaphore
    ) -> None:
        operator = message.topic.value.rpartition("/")[2]
        try:
            told = await self._answer(operator, message.payload)
            client._client.ack(message.mid, message.qos)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            if told is not None:
                topic = f"{self._settings.topic}-receipts/{operator}"
                await client.publish(topic, json.dumps(told, ensure_ascii=False), qos=0)
        except PlatformError as fault:
            # Not acknowledged: the broker sends it again when this connects again.
            _log.warning("telemetry of %s was not kept: %s", operator, fault.message)
        finally:
            room.release()

    async def _answer(self, operator: str, payload: object) -> dict[str, object] | None:
        """Return what to tell of a batch once it is on disk, None if all was taken."""
        body = bytes(payload) if isinstance(payload, bytes | bytearray) else b""
        if len(body) > LONGEST_BODY:
            return {"message": f"the batch is longer than {LONGEST_BODY} bytes"}
        try:
            table = await to_thread.run_sync(_read, body)
        except FlightRefused as refused:
            return {"message": refused.message}
        receipt = await asyncio.wrap_future(await self._submit(table, operator))
        return receipt_document(receipt) if receipt.refused else None

    async def _submit(self, table: Table, operator: str) -> Future[Receipt]:
        while True:
            try:
                return await to_thread.run_sync(self._centre.report, table, operator)
            except ResourceExhausted:
                await asyncio.sleep(_BUSY_S)


def _read(body: bytes) -> Table:
    return read_messages(body, is_arrow=body.startswith(_ARROW))
