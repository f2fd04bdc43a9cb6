"""dbt, imported once, its project parsed once for each target; each command runs in a fork.

Run by the interpreter of ``transform/.venv``. Takes a JSON case a line, with the arguments and the
environment of a command and the file for what it prints; prints the exit status of each. What the
parser itself makes of variables is the same in all cases: no model reads one before it is compiled.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
from typing import Any, NoReturn

from dbt.cli.main import dbtRunner

_ONE, _ERROR = 1, 2


def main() -> None:
    """Run commands until there are no more."""
    statuses = os.fdopen(os.dup(_ONE), "w")
    manifests: dict[str, Any] = {}
    for line in sys.stdin:
        case = json.loads(line)
        output = os.open(case["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(output, _ONE)
        os.dup2(output, _ERROR)
        os.close(output)
        os.environ.clear()
        os.environ.update(case["environment"])
        target = os.environ["DBT_TARGET"]
        if target not in manifests:
            manifests[target] = dbtRunner().invoke(["--quiet", "parse"]).result
        child = os.fork()
        if not child:
            run(manifests[target], case["arguments"])
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(status, file=statuses, flush=True)


def run(manifest: Any, arguments: list[str]) -> NoReturn:
    """Run one command in this process, and end it with the exit status of the command."""
    done = dbtRunner(manifest=manifest).invoke(arguments)
    if done.exception:
        sys.stdout.write(f"{done.exception}\n")
    sys.stdout.flush()
    # What dbt closes when it ends, a DuckDB file among it. The rest of Python's end is not for a
    # fork: it would end threads that only the first process has.
    atexit._run_exitfuncs()
    os._exit(not done.success)


if __name__ == "__main__":
    main()
