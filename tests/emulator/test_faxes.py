from __future__ import annotations

from faxops.emulator.fax_course import OUTBOUND
from tests.emulator.account import INTAKE, Account


def test_a_fax_is_delivered_step_by_step() -> None:
    account = Account(seed={"fax_applications": [INTAKE]})
    sent = account.send()
    statuses: list[str] = []
    for _ in range(6):
        statuses.append(account.fax(sent["id"])["status"])
        account.clock.moved += 1
    assert statuses == [*OUTBOUND, "delivered"]
