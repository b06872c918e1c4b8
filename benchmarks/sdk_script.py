"""A plan as a short script with the official SDK makes it: what people have instead of faxops.

`python benchmarks/sdk_script.py FILE URL` reads the YAML with `yaml.safe_load`, lists the account
by the SDK's own paging, and compares each application with its entry by DeepDiff. It checks
nothing, keeps no places and knows the application of an entry by its name.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final, cast

import telnyx
import yaml
from deepdiff import DeepDiff

PAGE_SIZE: Final = 250
# What no reply shows, what faxops alone understands, and what it alone writes.
_UNSEEN: Final = ("fax_email_recipient", "lifecycle")
_OWN: Final = "faxops."


def main() -> None:
    """Print how many applications differ."""
    file, url = sys.argv[1:]
    document: dict[str, Any] = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
    client = telnyx.Telnyx(api_key="KEY_bench", base_url=url)
    listing = client.fax_applications.list(page_size=PAGE_SIZE, sort="created_at")
    live = {item.application_name: item.to_dict(mode="json") for item in listing}
    differing = sum(
        bool(_difference(entry, live.get(entry["application_name"])))
        for entry in document["fax_applications"].values()
    )
    print(f"{differing} of {len(document['fax_applications'])} differ")


def _difference(entry: dict[str, Any], item: dict[str, object] | None) -> object:
    if item is None:
        return "missing"
    desired = {name: value for name, value in entry.items() if name not in _UNSEEN}
    found = {name: item.get(name) for name in desired}
    tags = cast("list[str]", item.get("tags") or [])
    found["tags"] = [tag for tag in tags if not tag.startswith(_OWN)]
    return DeepDiff(found, desired, ignore_order=True)


if __name__ == "__main__":
    main()
