"""What runs once at a time on a machine, also when the worker that began it is gone."""

from __future__ import annotations

import subprocess
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from edr_orchestrate.errors import OrchestrationError
from edr_orchestrate.leases import Lease, lease


def take(tmp_path: Path, name: str, *pools: str) -> AbstractContextManager[Lease]:
    folder = tmp_path / name
    folder.mkdir(exist_ok=True)
    return lease(folder, name, tmp_path / "pools", pools)


def assert_refused(tmp_path: Path, said: str, name: str, *pools: str) -> None:
    with pytest.raises(OrchestrationError, match=said), take(tmp_path, name, *pools):
        pass


def test_a_unit_and_a_pool_are_taken_by_one(tmp_path: Path) -> None:
    with take(tmp_path, "acme", "key 1", "file a"), take(tmp_path, "third", "key 2"):
        assert_refused(tmp_path, "acme is already running on this machine; let it", "acme")
        assert_refused(tmp_path, "another run on this machine uses key 1", "other", "key 1")
        assert_refused(tmp_path, "another run on this machine uses file a", "x", "key 3", "file a")
    with take(tmp_path, "acme", "key 1"):
        pass


def test_a_lease_lasts_as_long_as_the_process_that_was_begun(tmp_path: Path) -> None:
    with take(tmp_path, "acme", "key 1") as held:
        meltano = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=held.descriptors)
    try:
        assert_refused(tmp_path, "acme is already running", "acme")
        assert_refused(tmp_path, "uses key 1", "other", "key 1")
    finally:
        meltano.communicate()
    with take(tmp_path, "acme", "key 1"):
        pass


def test_a_run_that_ended_without_a_word_is_known(tmp_path: Path) -> None:
    with take(tmp_path, "acme") as first:
        assert not first.previous_died
        first.renew()
    with take(tmp_path, "acme") as second:
        assert second.previous_died
        second.renew()
        second.end()
    with take(tmp_path, "acme") as third:
        assert not third.previous_died
