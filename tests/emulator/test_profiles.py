from __future__ import annotations

from tests.emulator.account import MINIMAL, Account, problem

SEED = {
    "fax_applications": [
        {**MINIMAL, "id": "41", "outbound": {"outbound_voice_profile_id": "7"}},
        {**MINIMAL, "id": "42", "outbound": {"outbound_voice_profile_id": "7"}},
    ],
    "outbound_voice_profiles": [
        {"id": "7", "name": "Office"},
        {"id": "8", "name": "Backup office", "enabled": False},
    ],
}


def _ids(account: Account, **query: str) -> list[str]:
    return [each["id"] for each in account.get("/outbound_voice_profiles", **query).json()["data"]]


def test_a_profile_counts_the_applications_that_use_it() -> None:
    account = Account(seed=SEED)
    assert account.get("/outbound_voice_profiles/7").json()["data"]["connections_count"] == 2
    account.delete("/fax_applications/42")
    assert account.get("/outbound_voice_profiles/7").json()["data"]["connections_count"] == 1
    assert account.get("/outbound_voice_profiles/8").json()["data"]["connections_count"] == 0


def test_profiles_are_sorted_and_filtered() -> None:
    account = Account(seed=SEED)
    assert _ids(account) == ["8", "7"]
    assert _ids(account, sort="created_at") == ["7", "8"]
    assert _ids(account, sort="-name") == ["7", "8"]
    assert _ids(account, sort="enabled") == ["8", "7"]
    assert _ids(account, **{"filter[name][contains]": "BACK"}) == ["8"]


def test_a_bad_request_is_422_here_and_a_missing_profile_404() -> None:
    account = Account(seed=SEED)
    reply = account.get("/outbound_voice_profiles", **{"page[size]": "0"})
    assert problem(reply) == (422, "10015", "page[size]")
    for missing in ("9", "office"):
        reply = account.get(f"/outbound_voice_profiles/{missing}")
        assert problem(reply) == (404, "10005", "")
