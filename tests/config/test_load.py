"""Loading as a whole: what depends on what, and what never matters."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faxops.config.load import load_all, load_stack
from faxops.config.reader import FolderReader, Unreadable
from faxops.config.stack import Stack
from faxops.errors import ConfigurationInvalid, FaxopsError
from faxops.model.diagnostic import Place

Written = Callable[..., Path]
MINIMAL = """\
version: 1
stack: clinic
variables: {host: hooks.clinic.example}
fax_applications:
  intake: {webhook_event_url: "https://${var.host}/fax"}
"""


class MemoryReader:
    """Files in a dictionary, to show that loading asks nothing else of its reader."""

    main = "faxops.yaml"

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        self.files = files

    def shown(self, path: str) -> str:
        return f"HEAD:{path}"

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise Unreadable("FX114", "does not exist.")
        data = self.files[path]
        return data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")

    def glob(self, pattern: str) -> tuple[str, ...]:
        return tuple(path for path in sorted(self.files) if Path(path).match(pattern))


def stack(
    files: Mapping[str, str] | str,
    *,
    environment: str | None = None,
    assignments: tuple[str, ...] = (),
    environ: Mapping[str, str] | None = None,
    policy: Path | None = None,
) -> Stack:
    return load_stack(
        MemoryReader({"faxops.yaml": files} if isinstance(files, str) else files),
        environment=environment,
        assignments=assignments,
        environ=environ or {},
        policy=policy,
    )


def test_another_reader_can_stand_in_for_the_folder() -> None:
    files = {
        "faxops.yaml": "version: 1\nstack: s\ninclude: [apps/*.yaml]\n",
        "apps/a.yaml": "fleets: {f: {rows: t.csv, key: '${row.k}', application:"
        " {webhook_event_url: 'https://h.example/${key}'}}}\n",
        "apps/t.csv": "k\na\n",
    }
    (resource,) = stack(files).resources
    assert resource.source == Place("HEAD:apps/t.csv", 2, 1)


def test_the_digest_changes_with_every_file_and_given_variable() -> None:
    include = MINIMAL + "include: [apps/*.yaml]\n"
    digests = [
        stack(MINIMAL).config_digest,
        stack(MINIMAL + "# a comment\n").config_digest,
        stack(MINIMAL, assignments=("host=hooks.clinic.example",)).config_digest,
        stack(MINIMAL, assignments=("host=other.example",)).config_digest,
        stack({"faxops.yaml": include, "apps/a.yaml": "{}"}).config_digest,
        stack({"faxops.yaml": include, "apps/b.yaml": "{}"}).config_digest,
    ]
    assert len(set(digests)) == len(digests)
    assert all(len(digest) == 64 for digest in digests)


def test_the_digest_does_not_depend_on_values_of_the_environment() -> None:
    text = MINIMAL + "env: [NAME]\ndefaults: {application_name: '${env.NAME}'}\n"
    one, two = (stack(text, environ={"NAME": name}) for name in ("one", "two"))
    assert one.resources != two.resources
    assert one.config_digest == two.config_digest


def test_the_digest_changes_with_the_policy_file(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("guards: {max_deletes: 1}\n")
    first = stack(MINIMAL, policy=policy)
    policy.write_text("guards: {max_deletes: 2}\n")
    assert first.config_digest != stack(MINIMAL, policy=policy).config_digest


def test_a_missing_main_file_is_a_finding_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        load_stack(FolderReader(tmp_path / "nowhere.yaml"), environment=None, environ={})
    (problem,) = caught.value.diagnostics
    assert problem.code == "FX114"
    assert "nowhere.yaml" in problem.summary
    assert "faxops init" in problem.suggestion


def test_problems_of_all_files_and_stages_come_at_once_and_in_order() -> None:
    files = {
        "faxops.yaml": "version: 1\nstack: Clinic\ninclude: [apps/*.yaml]\nenv: [MY_TOKEN]\n"
        "fax_applications:\n  a: {active: maybe}\n  b: {webhook_event_url: '${var.x}'}\n"
        "  c: {}\nimports: [{id: 5, to: c}, {id: '6', to: zzz}]\n",
        "apps/a.yaml": "fax_applications:\n  a: {}\n  a: {}\n",
        "apps/b.yaml": "fax_applications: [\n",
    }
    with pytest.raises(ConfigurationInvalid) as caught:
        stack(files)
    found = caught.value.diagnostics
    assert [each.code for each in found] == [
        "FX402", "FX102", "FX101", "FX207", "FX305", "FX202", "FX302", "FX204", "FX208",
    ]  # fmt: skip
    assert list(found) == sorted(found, key=lambda each: each.place or Place(""))


def test_all_environments_are_checked_when_none_is_chosen() -> None:
    text = (
        "version: 1\nenvironments: {prod: {stack: p, variables: {x: a}}, staging: {stack: s}}\n"
        "fax_applications: {intake: {webhook_event_url: 'https://h.example/${var.x}'}}\n"
    )
    assert stack(text, environment="prod").name == "p"
    with pytest.raises(ConfigurationInvalid) as caught:
        load_all(MemoryReader({"faxops.yaml": text}), environ={})
    assert [each.code for each in caught.value.diagnostics] == ["FX302"]


def test_each_environment_is_the_same_alone_and_among_all() -> None:
    text = (
        "version: 1\nenvironments: {prod: {stack: p}, staging: {stack: s}}\n"
        "fleets: {f: {rows: '${environment}.csv', key: '${row.k}', application:"
        " {webhook_event_url: 'https://h.example/${key}'}}}\n"
    )
    files = {"faxops.yaml": text, "prod.csv": "k\na\n", "staging.csv": "k\nb\n"}
    alone = tuple(stack(files, environment=name) for name in ("prod", "staging"))
    assert load_all(MemoryReader(files), environ={}) == alone


def test_a_secret_is_tracked_through_variables_and_rows_to_the_final_text() -> None:
    text = (
        "version: 1\nstack: s\nenv: [A, B]\nvariables: {v: 'x-${env.A}-y'}\n"
        "fleets: {f: {rows: [{k: one, p: '${env.B}${var.v}'}], key: '${row.k}', application:"
        " {webhook_event_url: 'https://h.example/${row.p}', application_name: '${var.v}'}}}\n"
    )
    made = stack(text, environ={"A": "aaa", "B": "bb"})
    (resource,) = made.resources
    url = str(resource.values["webhook_event_url"])
    assert url == "https://h.example/bbx-aaa-y"
    spans = resource.masks["webhook_event_url"]
    assert [url[start:end] for start, end in spans] == ["bb", "aaa"]
    assert resource.masks["application_name"] == ((2, 5),)
    assert made.secrets == {"aaa", "bb"}


def test_no_finding_holds_a_value_of_the_environment() -> None:
    hidden = "zebra77"
    text = (
        "version: 1\nstack: s\nenv: [A]\nvariables: {v: '${env.A}'}\nfax_applications:\n"
        "  a: {webhook_event_url: 'https://h.example/ ${env.A}', active: '${env.A}'}\n"
        "  b: {webhook_event_url: '${var.v}', webhook_timeout_secs: '9${env.A}',"
        " anchorsite_override: '${var.v}', fax_email_recipient: '${env.A}',"
        " outbound: {outbound_voice_profile_id: '${env.A}'}, tags: ['${var.v}']}\n"
        "imports: [{id: '${env.A}', to: a}]\n"
    )
    with pytest.raises(ConfigurationInvalid) as caught:
        stack(text, environ={"A": hidden})
    assert len(caught.value.diagnostics) >= 8
    assert hidden not in repr(caught.value.diagnostics)


def test_numbers_in_a_secret_are_not_suggested_back() -> None:
    text = (
        "version: 1\nstack: s\nenv: [A]\nfax_applications:\n"
        "  a: {webhook_event_url: 'https://h.example/', webhook_timeout_secs: '1${env.A}'}\n"
    )
    with pytest.raises(ConfigurationInvalid) as caught:
        stack(text, environ={"A": "77"})
    assert "177" not in repr(caught.value.diagnostics)


def test_a_variable_of_the_environment_that_is_not_text_is_refused() -> None:
    text = MINIMAL + "env: [A]\ndefaults: {application_name: '${env.A}'}\n"
    with pytest.raises(ConfigurationInvalid) as caught:
        stack(text, environ={"A": "caf\udce9"})
    assert [each.code for each in caught.value.diagnostics] == ["FX304"]


_keys = st.lists(st.sampled_from([f"k{n}" for n in range(12)]), unique=True, max_size=8)


@given(keys=_keys, seed=st.randoms(use_true_random=False), split=st.integers(0, 8))
def test_the_order_of_applications_files_tags_and_rows_never_matters(
    keys: list[str], seed: Random, split: int
) -> None:
    shuffled = seed.sample(keys, len(keys))
    one = with_keys({"a.yaml": keys}, ["x", "y", "z"])
    two = with_keys({"b.yaml": shuffled[:split], "a.yaml": shuffled[split:]}, ["z", "x", "y"])
    assert [replace(each, source=Place("")) for each in one.resources] == [
        replace(each, source=Place("")) for each in two.resources
    ]


def with_keys(by_file: Mapping[str, list[str]], tags: list[str]) -> Stack:
    def applications(keys: list[str]) -> dict[str, Any]:
        return {key: {"tags": tags} for key in keys}

    files = {
        name: json.dumps({"fax_applications": applications(keys)}) for name, keys in by_file.items()
    }
    main = {
        "version": 1,
        "stack": "s",
        "include": sorted(by_file, reverse=True),
        "defaults": {"webhook_event_url": "https://h.example/${key}"},
    }
    return stack({**files, "faxops.yaml": json.dumps(main)})


_lines = st.sampled_from(
    [
        "version: 1", "stack: s", "stack: ${env.A}", "env: [A]", "env: A", "variables: {x: 1}",
        "variables:", "environments: {p: {stack: s}}", "environments: {p: {}}",
        "environments: [p]", "include: [x.yaml]", "include: x.yaml", "defaults: {tags: [a]}",
        "defaults: {lifecycle: 3}", "fax_applications:", "  a:", "  b: {}", "    active: ${var.x}",
        "    inbound: {channel_limit: '${var.x}'}", "    tags: ['${key}', faxops.x]",
        "    webhook_event_url: https://h.example/${row.a}", "    environments: [p]",
        "    lifecycle: {ignore_changes: [tags, x]}", "fleets:", "  f: {rows: [{a: 1}], key: x}",
        "  f: {rows: t.csv, key: '${row.a}', application: {}}", "imports: [{id: '1', to: a}]",
        "imports: {id: 1}", "moved: [{from: a, to: a}, {from: b, to: a}]", "removed: [{key: a}]",
        "guards: {max_deletes: 1}", "guards: 1", "policy: {webhook_hosts: ['${var.x}', '*.h']}",
        "policy:", "x-a: &a {b: *a}", "x-b: {<<: 1}", "- a", "---", "? [a]", "'\"",
    ]
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(_lines, max_size=14), st.sampled_from([None, "p"]))
def test_any_mixture_of_lines_loads_or_fails_by_one_of_our_errors(
    lines: list[str], environment: str | None
) -> None:
    files = {"faxops.yaml": "\n".join(lines), "x.yaml": "\n".join(lines[::-1]), "t.csv": "a\n1\n"}
    assert outcome(files, environment) in ("loaded", "refused")


def outcome(files: Mapping[str, str], environment: str | None) -> str:
    try:
        stack(files, environment=environment, environ={"A": "x"})
    except ConfigurationInvalid as error:
        return "refused" if error.diagnostics else "refused without a reason"
    except FaxopsError:
        return "refused"
    return "loaded"


@pytest.mark.slow
def test_a_sound_file_loads_without_the_libraries_that_word_problems(written: Written) -> None:
    path = written(MINIMAL)
    program = (
        "import sys; from pathlib import Path\n"
        "from faxops.config.load import load_stack\n"
        "from faxops.config.reader import FolderReader\n"
        f"load_stack(FolderReader(Path({str(path)!r})), environment=None, environ={{}})\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(run.stdout.split())
    assert {"yaml", "jsonschema_rs"} <= loaded
    assert not {"jsonschema", "httpx", "idna", "deepdiff", "rich", "sqlalchemy"} & loaded
