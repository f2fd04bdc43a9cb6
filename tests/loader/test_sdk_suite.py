"""The SDK's standard tests of a target, and those of its tests that it leaves out of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from singer_sdk.testing import get_target_test_class
from singer_sdk.testing.runners import TargetTestRunner
from singer_sdk.testing.suites import SingerTestSuite
from singer_sdk.testing.target_tests import (
    TargetRecordMissingKeyProperty,
    TargetRecordMissingRequiredProperty,
)
from target_duckdb_edr.target import TargetDuckDB

MORE: SingerTestSuite[Any] = SingerTestSuite(
    kind="target", tests=[TargetRecordMissingKeyProperty, TargetRecordMissingRequiredProperty]
)
Suite: Any = get_target_test_class(TargetDuckDB, custom_suites=[MORE])


class Runner(TargetTestRunner):
    """Runs the target, and closes its file also where a test expects it to fail."""

    def create(self, kwargs: dict[str, Any] | None = None) -> Any:
        self.target = super().create(kwargs)
        return self.target


class TestStandard(Suite):
    """Each test into a file of its own."""

    @pytest.fixture
    def runner(self, tmp_path: Path) -> Iterator[Runner]:
        runner = Runner(TargetDuckDB, config={"filepath": str(tmp_path / "suite.duckdb")})
        yield runner
        runner.target.connector.close()
        if runner.target_input is not None:
            runner.target_input.close()
