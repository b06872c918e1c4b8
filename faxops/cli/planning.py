"""From flags to a plan: the steps that `plan`, `apply` and `drift` have in common."""

from __future__ import annotations

import gc
import os
from collections.abc import Mapping
from typing import Final

from faxops.cli.environment import known_key
from faxops.cli.options import ConfigurationChoice, SelectionChoice
from faxops.cli.output import Output, Renderer, page_renderers
from faxops.config.load import load_stack
from faxops.config.reader import FolderReader
from faxops.config.stack import Stack
from faxops.errors import FaxopsError
from faxops.reconcile.plan import Plan
from faxops.reconcile.planner import PlanOptions
from faxops.report.masking import Masker
from faxops.report.plan_document import (
    Document,
    PlanContext,
    failed_plan_document,
    plan_document,
)
from faxops.report.plan_page import plan_page
from faxops.report.plan_text import plan_text
from faxops.report.style import Style
from faxops.system_clock import SystemClock

# Reading an account makes millions of objects that all stay. By Python's own thresholds the
# collector looks at them again and again, so that 50,000 applications cost seven times 10,000.
# With these, short-lived garbage is still found soon, and old objects are left alone.
_COLLECTION: Final = (50_000, 20, 100)


def load(configuration: ConfigurationChoice, selection: SelectionChoice, output: Output) -> Stack:
    """The stack, with its secrets known to `output`. Raises what `load_stack` does."""
    gc.set_threshold(*_COLLECTION)
    output.environment = configuration.env or ""
    stack = load_stack(
        FolderReader(configuration.file),
        environment=configuration.env,
        assignments=configuration.variables,
        environ=os.environ,
        policy=selection.policy,
    )
    output.masker = masker_of(stack)
    output.stack, output.environment = stack.name, stack.environment
    return stack


def masker_of(stack: Stack, salt: bytes = b"") -> Masker:
    """Hides the stack's secrets and the API key."""
    return Masker(stack.secrets | known_key(os.environ), salt)


def plan_options(selection: SelectionChoice) -> PlanOptions:
    """The flags that the planner knows."""
    return PlanOptions(
        target=selection.target,
        exclude=selection.exclude,
        destroy=selection.destroy,
        max_deletes=selection.max_deletes,
        max_changes=selection.max_changes,
        max_creates=selection.max_creates,
        max_risk=selection.max_risk,
    )


def document_of(plan: Plan, masker: Masker, *, show_unmanaged: bool = False) -> Document:
    """The plan's document, stamped now."""
    return plan_document(plan, PlanContext(SystemClock().now(), masker, show_unmanaged))


def plan_renderers(document: Document, output: Output) -> Mapping[str, Renderer]:
    """A plan's document in every format."""

    def gitlab(_: Style) -> str:
        from faxops.report.gitlab import terraform_report  # noqa: PLC0415 - one of five formats
        from faxops.report.json_text import json_text  # noqa: PLC0415 - as above

        return json_text(terraform_report(document))

    pages = page_renderers(document, plan_text, plan_page, output.choice.max_chars)
    return {**pages, "gitlab": gitlab}


def failed_plan(output: Output, error: FaxopsError) -> Mapping[str, Renderer]:
    """What a machine reads when there is no plan."""
    return plan_renderers(failed_plan_document(error, failure_context(output)), output)


def failure_context(output: Output) -> PlanContext:
    """What is known of a run that failed before it had a plan."""
    now = SystemClock().now()
    return PlanContext(now, output.masker, stack=output.stack, environment=output.environment)
