"""What belongs to the account itself: the public key of its webhook signatures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from faxops.emulator.replies import Shown, dump
from faxops.emulator.signing import PUBLIC_KEY
from faxops.emulator.world import Call, Handler, World


def _public_key(world: World, call: Call) -> Shown:
    del call  # nothing in the request matters
    return Shown(
        dump(
            {
                "public": PUBLIC_KEY,
                "record_type": "public_key",
                "organization_id": world.organization_id,
            }
        )
    )


HANDLERS: Final[Mapping[str, Handler]] = {"GetPublicKey": _public_key}
