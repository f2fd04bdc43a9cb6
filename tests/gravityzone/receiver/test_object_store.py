"""A spool in an object store: what the local disk holds arrives there, in order, once it can."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer

from tests.conftest import Bench
from tests.gravityzone.receiver.process import ReceiverProcess, event, rpc

_BUCKET = "events-of-gravityzone"


class Store:
    """An S3 of its own."""

    def __init__(self) -> None:
        self._server = ThreadedMotoServer(port=0, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.endpoint = f"http://{host}:{port}"
        requests.post(f"{self.endpoint}/moto-api/reset", timeout=10)
        self.url = f"s3://{_BUCKET}/spool"
        self.environment = {
            "AWS_ENDPOINT_URL": self.endpoint, "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-central-1",
        }  # fmt: skip
        self._client = boto3.client(
            "s3", endpoint_url=self.endpoint, aws_access_key_id="test",
            aws_secret_access_key="test", region_name="eu-central-1",
        )  # fmt: skip

    def make_bucket(self) -> None:
        where = {"LocationConstraint": "eu-central-1"}
        self._client.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration=where)

    def keys(self) -> list[str]:
        """Return what the bucket holds, in the order of its coming."""
        found = self._client.list_objects_v2(Bucket=_BUCKET).get("Contents", [])
        return [one["Key"] for one in sorted(found, key=lambda one: one["LastModified"])]

    def stop(self) -> None:
        self._client.close()
        self._server.stop()


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    running = Store()
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    yield running
    running.stop()


def wait_for(value: Callable[[], object], wanted: object) -> None:
    deadline = time.monotonic() + 25
    while value() != wanted:
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)  # between two looks; the condition ends the wait


def pending(receiver: ReceiverProcess) -> float:
    lines = receiver.request("GET", "/metrics").text.splitlines()
    (line,) = (line for line in lines if line.startswith("gravityzone_receiver_pending_segments "))
    return float(line.split()[1])


def test_segments_are_uploaded_and_read_from_there(
    bench: Bench, store: Store, tmp_path: Path
) -> None:
    store.make_bucket()
    options = ("--write-ahead", str(tmp_path / "ahead"), "--segment-seconds", "0.1")
    read: list[str] = []
    state = None
    with ReceiverProcess(store.url, *options) as receiver:
        for number in range(3):
            receiver.post(rpc(event(number)))
            wait_for(lambda: len(store.keys()), number + 1)
            run = bench.run(state, config={"events_spool": store.url})
            state = run.state
            read += [row["hwid"] for row in run.records["events"]]
    assert read == ["hw-0", "hw-1", "hw-2"]
    assert len(list((tmp_path / "ahead").rglob("*.gz"))) == 1, "the newest alone stays at home"


def test_an_outage_of_the_store_costs_nothing(bench: Bench, store: Store, tmp_path: Path) -> None:
    """There is no bucket yet: bodies are taken, and uploaded in their order when there is one."""
    options = ("--write-ahead", str(tmp_path / "ahead"), "--segment-seconds", "0.1")
    with ReceiverProcess(store.url, *options) as receiver:
        for number in range(4):
            assert receiver.post(rpc(event(number))).status == 200
            wait_for(lambda: pending(receiver), number + 1)
        store.make_bucket()
        wait_for(lambda: pending(receiver), 0)
    assert "trying again" in receiver.log
    assert store.keys() == sorted(store.keys())
    run = bench.run(config={"events_spool": store.url})
    assert [row["hwid"] for row in run.records["events"]] == [f"hw-{n}" for n in range(4)]


def test_what_could_not_be_uploaded_is_by_the_next_process(
    bench: Bench, store: Store, tmp_path: Path
) -> None:
    options = ("--write-ahead", str(tmp_path / "ahead"), "--segment-seconds", "0.1")
    with ReceiverProcess(store.url, *options) as receiver:
        receiver.post(rpc(event(1)))
    assert not list((tmp_path / "ahead").rglob("*.open"))
    store.make_bucket()
    with ReceiverProcess(store.url, *options) as receiver:
        receiver.post(rpc(event(2)))
    run = bench.run(config={"events_spool": store.url})
    assert [row["hwid"] for row in run.records["events"]] == ["hw-1", "hw-2"]
