"""What a receiver takes, refuses and says; what it took is what the stream reads."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from edr_sandbox.gravityzone.push_delivery import SERVICE_TYPES, body_of

from tests.conftest import Bench
from tests.gravityzone.receiver.process import (
    COMMAND,
    SECRET,
    ReceiverProcess,
    environment,
    event,
    rpc,
)
from tests.support.comparing import differences


def stored(spool: Path) -> list[Path]:
    return [path for path in spool.rglob("*") if path.is_file() and path.name != ".lock"]


@pytest.mark.parametrize("form", SERVICE_TYPES)
def test_events_of_every_format_reach_the_stream(
    bench: Bench, receiver: ReceiverProcess, form: str
) -> None:
    events = [each for each in bench.world.push.events(60, 1_763_800_000) if "module" in each]
    for start in range(0, len(events), 7):
        body = body_of(form, events[start : start + 7], 1_763_800_000_123)
        assert receiver.post(body).status == 200
    while_open = bench.run()
    receiver.stop()
    sealed = bench.run()
    assert while_open.table("events").keys() == sealed.table("events").keys()
    rows = sealed.records["events"]
    assert len(rows) == len(events)
    assert [row["_event_type"] for row in rows] == [each["module"] for each in events]
    for row, pushed in zip(rows, events, strict=True):
        if form != "cef":
            known = {name: value for name, value in pushed.items() if name != "license_key"}
            assert not differences(known, row)
        elif "companyId" in pushed:
            assert (row["companyId"], row["module"]) == (pushed["companyId"], pushed["module"])
            assert row["_cef"]["deviceVersion"] == "6.40"


def test_redelivered_bodies_are_the_same_events(bench: Bench, receiver: ReceiverProcess) -> None:
    for _ in range(2):
        receiver.post(rpc(event(1), event(1), event(2)))
    run = bench.run()
    assert len(run.records["events"]) == 6
    assert len(run.table("events")) == 3


@pytest.mark.parametrize(
    "body",
    ["", "hello", "{}", "[]", "[1]", '{"events": []}', '{"jsonrpc": "2.0", "method": "other"}',
     rpc(event(1))[:-3], rpc(event(1)) + "x", '{"event": 5}', "<13>CEF: no", "[" * 100_000,
     "CEF:0|Bitdefender|GravityZone|6|1|n|5|BitdefenderGZModule=av\nnoise", b"\xff\xfe\x00"],
)  # fmt: skip
def test_what_has_no_known_format_is_refused_and_not_stored(
    spool: Path, receiver: ReceiverProcess, body: str | bytes
) -> None:
    assert receiver.post(body).status == 400
    assert not stored(spool)


@pytest.mark.parametrize("given", ["", "Bearer", SECRET[:-1], f"{SECRET}x", SECRET.lower()])
def test_only_the_exact_authorization_is_taken(
    spool: Path, receiver: ReceiverProcess, given: str
) -> None:
    assert receiver.post(rpc(event(1)), Authorization=given).status == 401
    assert not stored(spool)


def test_a_secret_from_a_file_may_end_in_a_line_break(spool: Path) -> None:
    variables = {"TAP_GRAVITYZONE_RECEIVER_AUTHORIZATION": f"{SECRET}\n"}
    with ReceiverProcess(spool, **variables) as receiver:
        assert receiver.post(rpc(event(1))).status == 200


def test_two_authorizations_are_refused(receiver: ReceiverProcess) -> None:
    with closing(receiver.connect()) as connection:
        connection.putrequest("POST", "/")
        for value in (SECRET, "other"):
            connection.putheader("Authorization", value)
        connection.putheader("Content-Length", "0")
        connection.endheaders()
        assert connection.getresponse().status == 401


def test_other_paths_methods_and_sizes(spool: Path, receiver: ReceiverProcess) -> None:
    assert receiver.request("POST", "/elsewhere", "{}", Authorization=SECRET).status == 404
    assert receiver.request("GET", "/", Authorization=SECRET).status == 405
    large = rpc({"module": "av", "padding": "x" * (2 << 20)})
    assert receiver.post(large).status == 413
    assert receiver.request("POST", "/", iter([large.encode()]), Authorization=SECRET).status == 413
    assert not stored(spool)


def test_the_integrity_header_is_verified_with_a_key(spool: Path) -> None:
    body = rpc(event(1)).encode()
    inner = hashlib.md5(body, usedforsecurity=False).hexdigest()
    right = hashlib.md5(f"the key{inner}".encode(), usedforsecurity=False).hexdigest()
    with ReceiverProcess(spool, TAP_GRAVITYZONE_RECEIVER_API_KEY="the key") as receiver:
        assert receiver.post(body).status == 400
        assert receiver.post(body, Event_Push_Service_Md5=inner).status == 400
        assert not stored(spool)
        assert receiver.post(body, Event_Push_Service_Md5=right).status == 200
        assert receiver.post(body, Event_Push_Service_Md5=right.upper()).status == 200


def test_source_addresses_can_be_restricted(spool: Path) -> None:
    networks = ("--allow", "34.159.83.241", "--allow", "192.0.2.0/24")
    with ReceiverProcess(spool, *networks, "--trusted-proxies", "127.0.0.1") as receiver:
        assert receiver.post(rpc(event(1))).status == 403
        assert receiver.post(rpc(event(1)), X_Forwarded_For="198.51.100.1").status == 403
        assert not stored(spool)
        assert receiver.post(rpc(event(1)), X_Forwarded_For="192.0.2.7").status == 200
    with ReceiverProcess(spool, *networks, "--trusted-proxies", "10.0.0.1") as receiver:
        assert receiver.post(rpc(event(1)), X_Forwarded_For="192.0.2.7").status == 403


def test_health_and_metrics(receiver: ReceiverProcess) -> None:
    receiver.post(rpc(event(1), event(2)))
    receiver.post("no body of ours")
    assert receiver.request("GET", "/health").status == 200
    lines = receiver.request("GET", "/metrics").text.splitlines()
    assert 'gravityzone_receiver_bodies_total{format="jsonRPC"} 1.0' in lines
    assert "gravityzone_receiver_events_total 2.0" in lines
    assert 'gravityzone_receiver_refused_total{status="400"} 1.0' in lines


def test_logs_are_json_and_tell_no_secret(receiver: ReceiverProcess) -> None:
    receiver.post(rpc({"module": "av", "password": "in-the-body"}))
    for _ in range(50):
        receiver.post("in-the-body", Authorization="Bearer in-the-header")
    receiver.post("in-the-body")
    assert receiver.stop() == 0
    lines = [json.loads(line) for line in receiver.log.splitlines()]
    assert {"time", "level", "message"} <= set.intersection(*map(set, lines))
    refused = [line for line in lines if line["message"] == "refused"]
    assert [line["status"] for line in refused] == [401, 400], "one line for each kind"
    for secret in ("in-the-body", "in-the-header", SECRET):
        assert secret not in receiver.log


def test_tls_and_a_renewed_certificate(
    bench: Bench, spool: Path, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    certfile, keyfile = tmp_path / "cert.pem", tmp_path / "key.pem"
    certfile.write_bytes(certificate[0].read_bytes())
    keyfile.write_bytes(certificate[1].read_bytes())
    options = ("--certfile", str(certfile), "--keyfile", str(keyfile))
    with ReceiverProcess(spool, *options) as receiver:
        assert receiver.post(rpc(event(1))).status == 200
        certfile.write_text("broken")
        receiver.process.send_signal(signal.SIGHUP)
        assert receiver.post(rpc(event(2))).status == 200
        receiver.stop()
    assert "certificate not read" in receiver.log
    assert len(bench.run().table("events")) == 2


def test_a_request_in_flight_is_finished_before_the_end(
    bench: Bench, spool: Path, receiver: ReceiverProcess
) -> None:
    body = rpc(event(1)).encode()
    with closing(receiver.connect()) as connection:
        connection.putrequest("POST", "/")
        connection.putheader("Authorization", SECRET)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body[:10])
        assert receiver.request("GET", "/health").status == 200  # so the other was begun before
        receiver.process.send_signal(signal.SIGTERM)
        _wait_until_it_refuses(receiver)
        connection.send(body[10:])
        assert connection.getresponse().status == 200
    receiver.process.communicate(timeout=30)
    assert receiver.process.returncode == 0
    assert len(bench.run().table("events")) == 1
    assert [path.suffix for path in stored(spool)] == [".gz"], "the segment is sealed"


def _wait_until_it_refuses(receiver: ReceiverProcess) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            receiver.request("GET", "/health")
        except ConnectionRefusedError:
            return
        except ConnectionResetError:  # taken from the backlog, and closed
            continue
    raise AssertionError("it still takes connections")


@pytest.mark.parametrize(
    ("options", "variables", "said"),
    [
        (("--port", "0"), {}, "--spool"),
        (("--spool", "{tmp}/spool", "--certfile", "{tmp}/none"), {}, "belong together"),
        (("--spool", "{tmp}/spool", "--certfile", "{tmp}/no", "--keyfile", "{tmp}/no"), {},
         "cannot run"),
        (("--spool", "s3://bucket/events"), {}, "--write-ahead"),
        (("--spool", "{tmp}/spool", "--path", "/metrics"), {}, "--path"),
        (("--spool", "{tmp}/spool", "--allow", "nowhere"), {}, "nowhere"),
        (("--spool", "{tmp}/a-file"), {}, "cannot run"),
        (("--spool", "{tmp}/spool"), {"TAP_GRAVITYZONE_RECEIVER_AUTHORIZATION": " "},
         "TAP_GRAVITYZONE_RECEIVER_AUTHORIZATION"),
    ],
)  # fmt: skip
def test_unusable_options_are_said_clearly(
    tmp_path: Path, options: tuple[str, ...], variables: dict[str, Any], said: str
) -> None:
    (tmp_path / "a-file").write_text("")
    arguments = [option.format(tmp=tmp_path) for option in options]
    done = subprocess.run(
        [COMMAND, *arguments], env=environment(**variables), capture_output=True, text=True,
        timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_said(spool: Path, receiver: ReceiverProcess) -> None:
    arguments = [COMMAND, "--spool", str(spool), "--port", str(receiver.port)]
    done = subprocess.run(
        arguments, env=environment(), capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 1
    assert "in use" in done.stderr
    assert "Traceback" not in done.stderr
