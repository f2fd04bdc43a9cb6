"""Twenty tenants of both products at once, with workers that are killed at random.

Everything is real but the vendors: ``edr-orchestrate run --all``, Meltano, taps and loader, into
one PostgreSQL that is Meltano's system database too.
"""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from edr_sandbox.serving import Fault

from tests.orchestrate.conftest import EDR_ORCHESTRATE, ROOT
from tests.orchestrate.provider import BUDGET, Account, provider, tenants_file
from tests.support.comparing import assert_same_table
from tests.support.postgresql import Server, sqlalchemy_url
from tests.support.running import discovered
from tests.warehouse.reading import postgres_table

TENANTS, WORKERS, KILLS = 20, 4, 6
KEYS = {
    "gravityzone": {
        "incidents": ("incidentId",),
        "alerts": ("incidentId", "id"),
        "endpoints": ("id",),
    },
    "cortex-xdr": {
        "incidents": ("incident_id",),
        "alerts": ("alert_id",),
        "endpoints": ("endpoint_id",),
    },
}


def test_all_tenants_end_in_truth(tmp_path: Path, postgres_server: Server) -> None:
    warehouse, meltano = postgres_server.database(), postgres_server.database()
    random = Random(20261130)
    with provider(TENANTS, tmp_path) as tenants:
        tenants["tenant-01"][0] = tenants["tenant-00"][0]  # two tenants behind one partner's key
        accounts = {id(each): each for pair in tenants.values() for each in pair}
        dead, limited = tenants["tenant-02"][1], tenants["tenant-03"][1]
        limited.server.faults.append(
            Fault(call="alerts", times=3, status=429, headers={"Retry-After": "1"})
        )
        others = [each for each in accounts.values() if each not in (dead, limited)]
        for account in random.sample(others, KILLS):
            account.kill_at(random.randint(1, 4), random.choice(["meltano", "tap", "loader"]))
        keys = tenants_file(
            tmp_path / "tenants.yml",
            tenants,
            {"loader": "target-postgres", "settings": {"sqlalchemy_url": {"env": "WAREHOUSE"}}},
        )
        dead_variable = next(name for name, key in keys.items() if key == dead.key)
        environment = {
            **os.environ,
            **keys,
            dead_variable: "0" * 128,
            "WAREHOUSE": sqlalchemy_url(warehouse),
            "MELTANO_DATABASE_URI": sqlalchemy_url(meltano),
            "EDR_ORCHESTRATE_WORK": str(tmp_path / "units"),
        }
        done = subprocess.run(
            [EDR_ORCHESTRATE, f"--project={ROOT}",
             f"--tenants={tmp_path}/tenants.yml", "run", "--all", f"--workers={WORKERS}",
             "--attempts=4", "--backoff=1"],
            env=environment, capture_output=True, text=True, timeout=1500, check=False,
        )  # fmt: skip
        assert_only_failure(done, "tenant-02/cortex-xdr")
        assert sum(len(account.kills) for account in accounts.values()) == KILLS
        for account in accounts.values():
            assert_budget_held(account)
        assert {call.status for call in limited.server.calls("alerts")} == {200, 429}
        for product, streams in KEYS.items():
            for stream, key in streams.items():
                assert_truth(warehouse, tenants, product, stream, key, dead)


def assert_only_failure(done: subprocess.CompletedProcess[str], unit: str) -> None:
    """Assert that each unit was done but one, whose key is dead."""
    ends = Counter(
        line.split(": ")[1].split(" ")[0] for line in done.stdout.splitlines() if "/" in line
        and line.startswith("tenant-")
    )  # fmt: skip
    assert ends == {"done": 2 * TENANTS - 1, "FAILED": 1}, done.stdout + done.stderr
    assert f"{unit}: FAILED" in done.stdout
    assert "does not accept the key" in done.stdout
    assert done.returncode == 1


def assert_budget_held(account: Account) -> None:
    """Assert that a vendor saw no more requests than its key's budget, in any four seconds.

    A request may be seen a second after it left, on a machine that is busy.
    """
    times = sorted(call.at for call in account.server.calls())
    for index, first in enumerate(times):
        within = sum(1 for at in times[index:] if at < first + 4)
        assert within <= BUDGET * 5, f"{account.settings['api_url']} from {first}"


def assert_truth(
    warehouse: str,
    tenants: dict[str, list[Account]],
    product: str,
    stream: str,
    key: tuple[str, ...],
    dead: Account,
) -> None:
    """Assert that a table holds the rows of all tenants, value by value, and no others."""
    (entry,) = [
        each for each in discovered(f"tap-{product}")["streams"] if each["stream"] == stream
    ]
    names = [*entry["schema"]["properties"], "_tenant"]
    rows = postgres_table(warehouse, product.replace("-", "_"), stream, names)
    by_tenant: dict[str, list[dict[str, Any]]] = {name: [] for name in tenants}
    for row in rows:
        by_tenant[row["_tenant"]].append(row)
    for name, accounts in tenants.items():
        (account,) = [each for each in accounts if each.product == product]
        truth = [] if account is dead else account.world.truth(stream)
        held = {tuple(str(row[part]) for part in key): row for row in by_tenant[name]}
        assert len(held) == len(by_tenant[name]), f"{name}: {stream} holds a key twice"
        assert_same_table(held, truth, lambda row: tuple(str(row[part]) for part in key))
