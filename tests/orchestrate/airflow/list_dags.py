"""Run in Airflow's environment: print what it makes of the folder of DAGs, as JSON."""

from __future__ import annotations

import json
import sys

from airflow.dag_processing.dagbag import DagBag

bag = DagBag()
dags = {
    name: {
        "schedule": dag.schedule,
        "tasks": {
            task.task_id: {
                "pool": task.pool,
                "retries": task.retries,
                "backoff": task.retry_exponential_backoff,
                "units": task.expand_input.value["unit"] if hasattr(task, "expand_input") else None,
            }
            for task in dag.tasks
        },
    }
    for name, dag in bag.dags.items()
}
sys.stdout.write(json.dumps({"errors": bag.import_errors, "dags": dags}))
