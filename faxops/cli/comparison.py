"""`--base-ref`: the configuration that the branch began from, and what a plan owes to it."""

from __future__ import annotations

import os
from dataclasses import dataclass

from faxops.cli.options import ConfigurationChoice, SelectionChoice
from faxops.cli.output import Output
from faxops.config.commit_reader import CommitReader, merge_base
from faxops.config.load import load_stack
from faxops.config.stack import Stack
from faxops.errors import ConfigurationInvalid, NoSuchEnvironment, UsageError
from faxops.model.diagnostic import Diagnostic, Severity
from faxops.reconcile.plan import Plan
from faxops.reconcile.planner import PlanOptions
from faxops.reconcile.supposed import plan_offline
from faxops.report.masking import Masker


@dataclass(frozen=True, slots=True)
class MergeBase:
    """The configuration at the merge base with `ref`.

    `stack` is None if there was none, or none of the environment. `problem` says why it cannot be
    used, and is None if it can.
    """

    ref: str
    stack: Stack | None
    problem: Diagnostic | None = None


def load_base(
    configuration: ConfigurationChoice, selection: SelectionChoice, ref: str, output: Output
) -> MergeBase:
    """The configuration at the merge base, its secrets known to `output`.

    Raises `NoMergeBase`.
    """
    commit = merge_base(configuration.file.parent, ref)
    reader = CommitReader(configuration.file, commit)
    if not reader.has_main:
        return MergeBase(ref, None)
    try:
        stack = load_stack(
            reader,
            environment=configuration.env,
            assignments=configuration.variables,
            environ=os.environ,
            policy=selection.policy,
            undeclared_refused=False,
        )
    except NoSuchEnvironment:
        return MergeBase(ref, None)
    except ConfigurationInvalid as error:
        return MergeBase(ref, None, _unusable(commit, error.diagnostics[0].summary))
    except UsageError as error:
        return MergeBase(ref, None, _unusable(commit, error.message))
    output.masker = Masker(output.masker.secrets | stack.secrets, output.masker.salt)
    return MergeBase(ref, stack)


def offline_plan(stack: Stack, base: MergeBase, options: PlanOptions) -> Plan:
    """What changes between the two configurations, with no account read.

    Raises `UsageError` if the one at the merge base cannot be used.
    """
    if base.problem is not None:
        raise UsageError(base.problem.summary, hint=base.problem.detail)
    return plan_offline(stack, base.stack, options, base.ref)


def _unusable(commit: str, reason: str) -> Diagnostic:
    return Diagnostic(
        Severity.WARNING,
        "FX715",
        f"The configuration at the merge base ({commit[:12]}) cannot be used, so the causes of"
        " the changes are unknown.",
        detail=reason,
    )
