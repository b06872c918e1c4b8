"""One request against the account: who asks, what is asked, what is answered, what is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final, NoReturn

from faxops.emulator import account, applications, audit_events, faxes, numbers, profiles
from faxops.emulator.asked import Asked
from faxops.emulator.description import Operation, parameter_name, unfold
from faxops.emulator.distortions import Distortion
from faxops.emulator.fax_files import is_file, serve_file
from faxops.emulator.fax_progress import advance
from faxops.emulator.json_body import json_object
from faxops.emulator.multipart_form import Form, MalformedForm, is_form, read_form
from faxops.emulator.replies import Problem, Rejected, Reply, failure, success
from faxops.emulator.world import Call, Handler, World

HANDLERS: Final[Mapping[str, Handler]] = {
    **applications.HANDLERS,
    **faxes.HANDLERS,
    **numbers.HANDLERS,
    **profiles.HANDLERS,
    **account.HANDLERS,
    **audit_events.HANDLERS,
}
# An id is an int64 in all the API's replies; a longer one cannot exist.
_ID: Final = re.compile(r"[0-9]{1,19}")
_FORM_RECORDED: Final = 65_536


@dataclass(frozen=True, slots=True)
class Done:
    """A reply with the number of its record, from which the request id is made."""

    reply: Reply
    record: int


class Service:
    """The API over one store."""

    def __init__(self, world: World, key: str | None) -> None:
        self._world = world
        self._key = key

    def behaving(self, otherwise: Mapping[str, str]) -> Service:
        """The API over the same account, with these switches standing otherwise."""
        changed: Mapping[str, Any] = otherwise
        behaviours = replace(self._world.behaviours, **changed)
        return Service(replace(self._world, behaviours=behaviours), self._key)

    def act(
        self,
        asked: Asked,
        *,
        distortion: Distortion | None = None,
        fault: str = "",
        lost: bool = False,
        answered: Callable[[Reply], Reply] = lambda reply: reply,
    ) -> Done:
        """Do what is asked, in one transaction with its record.

        `lost` says that the reply will not be sent, so the record has no status. `answered` turns
        the real reply into the one that is sent.
        """
        with self._world.store.transaction():
            advance(self._world)
            reply = answered(self._answer(asked, distortion))
            record = self._record(asked, None if lost else reply.status, fault)
        return Done(reply, record)

    def note(self, asked: Asked, status: int | None, fault: str) -> int:
        """Keep a request that was not acted on, in a transaction of its own."""
        with self._world.store.transaction():
            return self._record(asked, status, fault)

    def _record(self, asked: Asked, status: int | None, fault: str) -> int:
        return self._world.store.write_record(
            at=self._world.stamp(),
            method=asked.method,
            path=asked.path,
            query=asked.query_text,
            body=_recorded(asked),
            status=status,
            fault=fault,
        )

    def _answer(self, asked: Asked, distortion: Distortion | None) -> Reply:
        if is_file(asked):
            return serve_file(self._world, asked)
        try:
            self._authenticate(asked.authorization)
            if asked.operation is None:
                _refuse_path(asked)
            call = self._read(asked, asked.operation)
            handler = HANDLERS[asked.operation.operation_id]
            if distortion is None:
                return success(handler(self._world, call))
            return success(
                distortion.perform(self._world, asked, lambda: handler(self._world, call))
            )
        except Rejected as rejected:
            return failure(rejected.status, rejected.problems)

    def _authenticate(self, authorization: str) -> None:
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer" or not key.strip() or self._key not in (None, key.strip()):
            raise Rejected(401, Problem("10009", "Could not understand the provided credentials."))

    def _read(self, asked: Asked, operation: Operation) -> Call:
        if operation.path.endswith("/{id}"):
            self._check_id(asked.object_id, operation)
        call = Call(
            operation=operation,
            object_id=asked.object_id,
            query=self._query(asked, operation),
            body={},
            base_url=asked.base_url,
        )
        if operation.form and is_form(asked.content_type):
            form = _form_body(asked, operation)
            return replace(call, body=form.fields, contents=form.contents, form=True)
        return replace(call, body=_json_body(asked)) if operation.body else call

    def _check_id(self, object_id: str, operation: Operation) -> None:
        is_number_path = operation.path.startswith("/phone_numbers/") and object_id[:1] == "+"
        if _ID.fullmatch(object_id) or is_number_path:
            return
        declares = HTTPStatus.BAD_REQUEST in operation.statuses
        if declares and self._world.behaviours.malformed_id == "bad_request":
            raise Rejected(400, Problem("10006", f"The id {object_id!r} is not a number."))

    def _query(self, asked: Asked, operation: Operation) -> Mapping[str, Any]:
        query = unfold(list(asked.query), operation.query_schema)
        problems = operation.query.problems(query)
        if self._world.behaviours.descending_sort == "accepted" and _descends(query, operation):
            problems = tuple(each for each in problems if each.path != ("sort",))
        unserved = [
            Problem("10031", "This filter does not exist here.", parameter=f"filter[{key}]")
            for key in query.get("filter", {})
            if problems == () and key not in operation.filters
        ]
        found = [
            Problem("10015", problem.message, parameter=parameter_name(problem.path))
            for problem in problems
        ]
        if found or unserved:
            declares = HTTPStatus.BAD_REQUEST in operation.statuses or operation.any_error
            raise Rejected(400 if declares else 422, *found, *unserved)
        return query


def _descends(query: Mapping[str, Any], operation: Operation) -> bool:
    """Whether `sort` is `-` before a field that the operation sorts by."""
    sort = query.get("sort")
    fields = operation.query_schema["properties"].get("sort", {}).get("enum", ())
    return isinstance(sort, str) and sort[:1] == "-" and sort[1:] in fields


def _refuse_path(asked: Asked) -> NoReturn:
    if asked.allowed:
        allowed = ", ".join(asked.allowed)
        raise Rejected(405, Problem("10030", f"This path takes {allowed}, not {asked.method}."))
    raise Rejected(404, Problem("10005", "The requested resource or URL could not be found."))


def _recorded(asked: Asked) -> str:
    """The body as the record keeps it: of a form, which may hold a large file, the beginning."""
    body = asked.body[:_FORM_RECORDED] if is_form(asked.content_type) else asked.body
    return body.decode("utf-8", "replace")


def _form_body(asked: Asked, operation: Operation) -> Form:
    try:
        return read_form(asked.content_type, asked.body, operation.fields)
    except MalformedForm as error:
        detail = f"The request body is not a multipart form: {error}."
        raise Rejected(400, Problem("10015", detail)) from error


def _json_body(asked: Asked) -> Mapping[str, Any]:
    if asked.content_type.partition(";")[0].strip().lower() != "application/json":
        raise Rejected(400, Problem("10029", "The request's Content-Type is not application/json."))
    return json_object(asked.body)
