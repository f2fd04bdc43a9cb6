"""YAML in which nothing is guessed: no name twice, and dates stay the text that they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from typing_extensions import override

from edr_orchestrate.errors import OrchestrationError


class _StrictLoader(yaml.SafeLoader):
    @override
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = set()
        for key, _ in node.value:
            name = self.construct_object(key, deep=True)
            if not isinstance(name, str):
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value} is a name and needs quotes", key.start_mark
                )
            if name in names:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{name} stands here twice", key.start_mark
                )
            names.add(name)
        return super().construct_mapping(node, deep)


_StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(path: Path) -> Any:
    """Return the content of a file; raises :class:`OrchestrationError` naming line and column."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _StrictLoader)  # noqa: S506 (a safe one)
    except FileNotFoundError:
        raise OrchestrationError(
            f"{path} does not exist; name the tenants file with --tenants"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise OrchestrationError(f"{path} cannot be read: {error}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise OrchestrationError(f"{path}{place}: {error.problem}") from None
    except yaml.YAMLError:
        raise OrchestrationError(f"{path} holds characters that YAML does not allow") from None
