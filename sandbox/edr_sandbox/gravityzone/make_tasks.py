"""Makers of scan tasks and of what they did on each endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edr_sandbox.gravityzone.facts import Facts, Made, Values

if TYPE_CHECKING:
    from edr_sandbox.gravityzone.records import Company

PENDING, RUNNING, FINISHED = 1, 2, 3


def task(facts: Facts, company: Company, at: int, given: Values) -> Made:
    """Make a scan task; who started it is not always told."""
    del company, given
    nth = len(facts.tables["scan_tasks"]) + 1
    shown: Values = {
        "name": f"{facts.pick('Quick', 'Full', 'Memory')} scan {nth}",
        "status": facts.pick(PENDING, RUNNING, FINISHED, FINISHED),
        "startDate": facts.before(at, 20),
    }
    owner = {"id": facts.id(at), "userName": f"operator{nth}@corp.example"}
    details: Values = {"type": 1, "owner": owner} if nth % 3 else {"type": 1}
    return Made(shown, details)


def subtask(facts: Facts, company: Company, at: int, given: Values) -> Made:
    """Make what a task does on an endpoint; a task must be given as ``_task``."""
    of = facts.tables["scan_tasks"][given["_task"]]
    status = facts.rng.randint(PENDING, of.values["status"])
    if of.values["status"] == FINISHED:
        status = FINISHED
    endpoint = facts.endpoint(company)
    start = int(of.values["startDate"])
    shown: Values = {
        "endpointId": endpoint.id if endpoint else facts.id(at),
        "endpointName": endpoint.name if endpoint else "gone",
        "status": status,
        "startDate": start if status != PENDING else "",
        "endDate": "",
        "errorCode": "",
        "errorMessage": "",
        "_task": of.id,
    }
    if status == FINISHED:
        failed = facts.rng.random() < 0.2
        shown["endDate"] = start + facts.rng.randrange(60, 7200)
        shown["errorCode"] = facts.rng.randint(1, 90) if failed else "Success"
        shown["errorMessage"] = "The endpoint did not answer" if failed else "Success"
    return Made(shown)
