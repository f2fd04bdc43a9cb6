"""The tenants file: what it means, and that every mistake is named with its place and remedy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from edr_orchestrate.errors import OrchestrationError
from edr_orchestrate.project import Project
from edr_orchestrate.secret_sources import SecretSource
from edr_orchestrate.tenants import Tenants, read_tenants

from tests.orchestrate.conftest import ROOT

Read = Callable[[str], Tenants]
GOOD = """
products:
  gravityzone:
    schedule: "*/15 * * * *"
    settings: {api_url: https://eu.example, page_size: 50}
tenants:
  acme:
    products:
      gravityzone:
        settings: {api_key: {env: ACME_KEY}, page_size: 20}
      cortex-xdr:
        live_from: 2026-11-01
        backfill_from: 2026-01-15
        settings: {fqdn: acme.example, api_key_id: 7, api_key: {file: /run/key}}
"""


def test_defaults_hold_unless_a_tenant_says_otherwise(read: Read) -> None:
    acme = read(GOOD).tenants["acme"]
    product = acme.products["gravityzone"]
    assert product.schedule == "*/15 * * * *"
    assert product.settings["api_url"] == "https://eu.example"
    assert product.settings["page_size"] == 20
    assert acme.products["cortex-xdr"].live_from == date(2026, 11, 1)


def test_the_example_is_sound(project: Project) -> None:
    tenants = read_tenants(ROOT / "orchestrate" / "tenants.example.yml", project)
    assert set(tenants.regions) == {"eu", "us"}


MISTAKES = {
    "setting that does not exist": (
        "page_size: 20", "page_sise: 20",
        "tenant 'acme', gravityzone: unknown setting 'page_sise'; did you mean page_size?",
    ),
    "secret in the file": (
        "{env: ACME_KEY}", "abc-very-secret",
        "tenant 'acme', gravityzone, settings.api_key: is a secret, which does not belong",
    ),
    "no key": (
        "api_key: {env: ACME_KEY}, ", "",
        "tenant 'acme', gravityzone: settings.api_key is missing; say `api_key: {env: NAME}`",
    ),
    "source of the wrong type": (
        "{env: ACME_KEY}", "{env: 7}",
        "tenant 'acme', gravityzone, settings.api_key: env: Expected `str | null`, got `int`",
    ),
    "empty command": (
        "{env: ACME_KEY}", "{command: []}",
        "tenant 'acme', gravityzone, settings.api_key: names no place",
    ),
    "shell string": (
        "{env: ACME_KEY}", "{command: op read x}",
        "tenant 'acme', gravityzone, settings.api_key: command: Expected `array | null`",
    ),
    "product that does not exist": (
        "      cortex-xdr:", "      cortex:",
        "tenant 'acme': unknown product 'cortex'; did you mean cortex-xdr?",
    ),
    "member that does not exist": (
        "live_from", "life_from",
        "tenant 'acme', cortex-xdr: Object contains unknown field `life_from`",
    ),
    "no date": (
        "live_from: 2026-11-01", "live_from: soon",
        "tenant 'acme', cortex-xdr: live_from: Invalid RFC3339",
    ),
    "backfill without an end": (
        "live_from: 2026-11-01", "",
        "tenant 'acme', cortex-xdr: backfill_from needs live_from",
    ),
    "backfill after its end": (
        "backfill_from: 2026-01-15", "backfill_from: 2027-01-15",
        "tenant 'acme', cortex-xdr: backfill_from has to be before live_from",
    ),
    "no cron expression": (
        "*/15 * * * *", "every 15 minutes",
        "tenant 'acme', gravityzone: schedule 'every 15 minutes' is no cron expression",
    ),
    "what units set themselves": (
        "page_size: 20", "start_date: 2026-01-01",
        "settings.start_date: is not set here: say live_from",
    ),
    "a name of another shape": ("  acme:", "  Acme Ltd:", "tenant 'Acme Ltd': the name has to be"),
    "a name that YAML takes for a boolean": ("  acme:", "  no:", "no is a name and needs quotes"),
    "no products": ("tenants:", "tenants:\n  empty: {}", "tenant 'empty': needs `products:`"),
    "nobody": (GOOD, "tenants: {}", "tenants: there is none; add an entry"),
    "something else": (GOOD, "- a list", "Expected `object`, got `array`"),
    "unknown region": (
        "    products:\n", "    region: mars\n    products:\n",
        "tenant 'acme': unknown region 'mars'; known: default",
    ),
    "unknown loader": (
        "tenants:", "regions: {eu: {loader: target-duckbd}}\ntenants:",
        "region 'eu': unknown loader 'target-duckbd'; did you mean target-duckdb?",
    ),
    "loader's secret": (
        "tenants:",
        "regions: {eu: {loader: target-postgres, settings: {password: hunter2}}}\ntenants:",
        "region 'eu', settings.password: is a secret",
    ),
    "defaults of no product": (
        "  gravityzone:\n    schedule", "  gravityzon:\n    schedule",
        "products: unknown product 'gravityzon'; did you mean gravityzone?",
    ),
    "a list in the place of an entry": (
        "  acme:", "  other: []\n  acme:", "tenant 'other': needs `products:`",
    ),
    "a text in the place of a product": (
        "tenants:", "tenants:\n  other:\n    products: {gravityzone: yes please}",
        "tenant 'other', gravityzone: Expected `object`, got `str`",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("instead_of", "written", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named(read: Read, instead_of: str, written: str, said: str) -> None:
    with pytest.raises(OrchestrationError) as raised:
        read(GOOD.replace(instead_of, written, 1))
    assert said in str(raised.value)
    assert "very-secret" not in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_all_mistakes_are_named_at_once(read: Read) -> None:
    broken = GOOD.replace("page_size: 20", "page_sise: 1").replace("fqdn", "fdqn")
    with pytest.raises(OrchestrationError) as raised:
        read(broken)
    assert len(str(raised.value).splitlines()) == 2


def test_a_tenant_that_stands_there_twice_is_refused(read: Read) -> None:
    with pytest.raises(OrchestrationError, match=r"line 15, column 3: acme stands here twice"):
        read(GOOD + "  acme: {products: {}}\n")


def test_a_file_that_is_no_yaml_is_refused_with_its_line(read: Read) -> None:
    with pytest.raises(OrchestrationError, match=r"tenants.yml, line 2"):
        read("tenants: {\n")


def test_a_secret_comes_from_where_the_file_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "key"
    file.write_text("from a file\n")
    monkeypatch.setenv("A_KEY", "from the environment")
    assert SecretSource(env="A_KEY").fetch() == "from the environment"
    assert SecretSource(file=str(file)).fetch() == "from a file"
    assert SecretSource(command=("printf", "%s", "from $HOME")).fetch() == "from $HOME"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (SecretSource(env="NO_SUCH_VARIABLE"), "env NO_SUCH_VARIABLE is empty or missing"),
        (SecretSource(file="/no/such"), "file /no/such cannot be read: No such file"),
        (SecretSource(command=("/no/such",)), "command /no/such: No such file"),
        (SecretSource(command=("sh", "-c", "echo sesame; exit 3")), "ended with status 3"),
        (SecretSource(command=("true",)), "command true is empty"),
    ],
)
def test_a_secret_that_is_not_there_is_named_by_its_place(source: SecretSource, said: str) -> None:
    with pytest.raises(OrchestrationError) as raised:
        source.fetch()
    assert said in str(raised.value)
    assert "sesame" not in str(raised.value).replace(str(source), "")
