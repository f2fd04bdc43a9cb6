"""The receiver as a process: uvicorn in front, a folder of the spool behind."""

from __future__ import annotations

import asyncio
import signal
import socket
import ssl
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
import uvicorn

from tap_gravityzone.receiver.app import Receiver, Rules
from tap_gravityzone.receiver.folders import own_folder
from tap_gravityzone.receiver.intake import Intake
from tap_gravityzone.receiver.metrics import Metrics
from tap_gravityzone.receiver.protocol import LimitedProtocol, Limits
from tap_gravityzone.receiver.refusals import Refusals
from tap_gravityzone.receiver.sealing import Sealer, Store
from tap_gravityzone.spool.writing import SegmentWriter

_SLACK = 5.0  # s, so that the application's own limit is met first and answered
_LAST_UPLOADS = 20.0  # s
_KEEP_ALIVE = 60  # s
_GRACE = 10  # s, for requests that are being answered when the process is to stop
_BACKLOG = 2_048
_LOG = structlog.get_logger()


@dataclass(frozen=True)
class Serving:
    """Where and how a receiver serves; sizes in bytes, times in seconds.

    ``folder`` is the spool, or the write-ahead folder when ``store_url`` names an object store.
    """

    folder: Path
    host: str
    port: int
    store_url: str | None = None
    certfile: str | None = None
    keyfile: str | None = None
    trusted_proxies: str = "127.0.0.1"
    head_seconds: float = 10.0
    most_connections: int = 1_000
    most_of_one_source: int = 250
    segment_bytes: int = 16 << 20
    segment_seconds: float = 60.0


def serve(serving: Serving, rules: Rules) -> None:
    """Serve until SIGTERM or SIGINT; SIGHUP reads the certificate again.

    Raises:
        OSError: The address is taken, the spool cannot be written, the certificate cannot be read.
        ImportError, ValueError: The store's URL is of a kind that is not installed.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal again once it has stopped; what comes after must still run.
        signal.signal(number, lambda *_: None)
    with own_folder(serving.folder) as folder, _listener(serving) as listener:
        metrics = Metrics()
        store = Store.of(serving.store_url, folder.name) if serving.store_url else None
        sealer = Sealer(folder, store, metrics, _LOG)
        writer = SegmentWriter(
            folder, most_bytes=serving.segment_bytes, most_seconds=serving.segment_seconds
        )
        intake = Intake(writer, sealer.add)
        config = _config(serving, rules, intake, metrics)
        sealer.start()
        try:
            with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
                runner.run(_run(config, intake, listener))
        finally:
            sealer.stop(_LAST_UPLOADS)
    _LOG.info("stopped")


async def _run(config: uvicorn.Config, intake: Intake, listener: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, _read_certificate_again, config)
    intake.start()
    host, port = listener.getsockname()[:2]
    _LOG.info("listening", host=host, port=port, tls=config.is_ssl)
    try:
        await uvicorn.Server(config).serve(sockets=[listener])
    finally:
        await intake.stop()


def _config(serving: Serving, rules: Rules, intake: Intake, metrics: Metrics) -> uvicorn.Config:
    refusals = Refusals(metrics, _LOG)
    limits = Limits(
        serving.head_seconds,
        rules.body_seconds + _SLACK,
        serving.most_connections,
        serving.most_of_one_source,
        refusals.note,
    )
    config = uvicorn.Config(
        Receiver(rules, intake, metrics, refusals),
        http=partial(LimitedProtocol, limits),  # type: ignore[arg-type] # all it does is call it
        loop="uvloop",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=serving.trusted_proxies,
        ssl_certfile=serving.certfile,
        ssl_keyfile=serving.keyfile,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_GRACE,
    )
    config.load()
    if config.ssl is not None:
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    return config


def _listener(serving: Serving) -> socket.socket:
    family = socket.AF_INET6 if ":" in serving.host else socket.AF_INET
    return socket.create_server((serving.host, serving.port), family=family, backlog=_BACKLOG)


def _read_certificate_again(config: uvicorn.Config) -> None:
    if config.ssl is None or config.ssl_certfile is None:
        return
    try:
        config.ssl.load_cert_chain(config.ssl_certfile, config.ssl_keyfile)
    except OSError as error:
        _LOG.error("certificate not read, the old one stays", error=str(error))
    else:
        _LOG.info("certificate read again")
