"""The codes of the configuration.

FX1xx files and YAML, FX2xx the schema, FX3xx environments and `${…}`, FX4xx keys and fleets, FX5xx
imports, moved, removed, FX6xx guards and policy.
"""

from __future__ import annotations

from typing import Final

from faxops.model.codes.code import Code

CONFIGURATION_CODES: Final = (
    Code(
        "FX101",
        "Not YAML",
        "The text breaks YAML's syntax at the place shown, so nothing after it was read.",
        "application_name: Intake: front desk",
        'application_name: "Intake: front desk"',
    ),
    Code(
        "FX102",
        "Key given twice",
        "A mapping holds the same key twice. YAML readers would keep one of them silently.",
        "intake: {active: true, active: false}",
        "intake: {active: false}",
    ),
    Code(
        "FX103",
        "Merge key",
        "`<<` is not part of YAML 1.2. `defaults` does the same for every application, and shows"
        " in one place what is shared.",
        "intake: {<<: *common, active: true}",
        "defaults: {webhook_timeout_secs: 25}",
    ),
    Code(
        "FX104",
        "Key is not text",
        "A key was read as a number, `true`, `false` or `null`, or is a list or a mapping.",
        "fax_applications: {911: {}}",
        'fax_applications: {"911": {}}',
    ),
    Code(
        "FX105",
        "YAML tag",
        "Tags (`!name`, `!!type`) make YAML readers build objects; faxops reads plain values only.",
        "application_name: !!str 12",
        'application_name: "12"',
    ),
    Code(
        "FX106",
        "More than one document",
        "A file holds one YAML document. What follows a second `---` was not read.",
        "version: 1\n---\nfax_applications: {}",
        "version: 1\nfax_applications: {}",
    ),
    Code(
        "FX107",
        "Alias without an anchor",
        "An alias (`*name`) needs an anchor (`&name`) that is complete before it.",
        "tags: *common",
        "x-common: &common [team-intake]\ndefaults: {tags: *common}",
    ),
    Code(
        "FX108",
        "Aliases stand for too much",
        "A few aliases of aliases can stand for billions of values and fill any memory, so what"
        " they stand for is limited to 200,000 values a file.",
    ),
    Code(
        "FX109",
        "Nested too deep",
        "A file may be nested 64 levels deep; a configuration needs six.",
    ),
    Code(
        "FX110",
        "File too large",
        "A file may have 64 MiB and 6,000,000 keys and values. Larger configurations are split"
        " with `include`.",
    ),
    Code(
        "FX111",
        "Not UTF-8",
        "Files are UTF-8, with or without a byte order mark. Other encodings would turn names into"
        " others without notice.",
    ),
    Code(
        "FX112",
        "Control character",
        "The file holds a character that no editor shows, such as NUL.",
    ),
    Code(
        "FX113",
        "Not a mapping",
        "The file is empty, or holds a list or a single value instead of keys.",
        "- intake",
        "version: 1\nfax_applications: {}",
    ),
    Code(
        "FX114",
        "File cannot be read",
        "The file does not exist, is a folder, is a link to itself, or may not be read.",
    ),
    Code(
        "FX115",
        "Outside the folder",
        "Included files and tables must lie in the folder of the main file, links followed, so"
        " that a configuration reads nothing else of the machine.",
        "include: [../common/*.yaml]",
        "include: [common/*.yaml]",
    ),
    Code(
        "FX116",
        "Pattern matches nothing",
        "A pattern of `include` that matches no file is a mistake more often than a wish.",
        "include: [app/*.yaml]",
        "include: [apps/*.yaml]",
    ),
    Code(
        "FX201",
        "Unknown key",
        "The key means nothing here. Keys that a reader passes over are how typing errors lose"
        " settings.",
        "intake: {webhook_url: https://hooks.clinic.example/fax}",
        "intake: {webhook_event_url: https://hooks.clinic.example/fax}",
    ),
    Code(
        "FX202",
        "Wrong type",
        "The value is not of the type that the key takes. Only `true` and `false` are truth values,"
        " and a number in quotes is text.",
        "active: yes",
        "active: true",
    ),
    Code(
        "FX203",
        "Not one of the choices",
        "The key takes one of a few values, compared with capital and small letters.",
        "anchorsite_override: Chicago",
        "anchorsite_override: Chicago, IL",
    ),
    Code(
        "FX204",
        "Missing key",
        "A key that is required is not there, neither in the block nor in `defaults`.",
        "fax_applications: {intake: {active: true}}",
        "fax_applications: {intake: {webhook_event_url: https://hooks.clinic.example/fax}}",
    ),
    Code(
        "FX205",
        "Out of range",
        "The number is smaller or larger than the API allows.",
        "webhook_timeout_secs: 60",
        "webhook_timeout_secs: 30",
    ),
    Code(
        "FX206",
        "Empty or too long",
        "A text or a list is empty where there must be something, or longer than the API allows.",
        'application_name: ""',
        "application_name: Intake",
    ),
    Code(
        "FX207",
        "Wrong form",
        "The text does not have the form that the key takes, or holds a control character.",
        'imports: [{id: "intake", to: intake}]',
        'imports: [{id: "1293384261075731499", to: intake}]',
    ),
    Code(
        "FX208",
        "Id without quotes",
        "Ids have 19 digits. Without quotes they are numbers, which many tools round.",
        "outbound_voice_profile_id: 1293384261075731499",
        'outbound_voice_profile_id: "1293384261075731499"',
    ),
    Code(
        "FX209",
        "Not a web address",
        "A webhook URL is `http://` or `https://`, a host, and a path, all in ASCII.",
        "webhook_event_url: hooks.clinic.example/fax",
        "webhook_event_url: https://hooks.clinic.example/fax",
    ),
    Code(
        "FX210",
        "Not an e-mail address",
        "The value is not one e-mail address.",
        "fax_email_recipient: intake",
        "fax_email_recipient: intake@clinic.example",
    ),
    Code(
        "FX211",
        "Unknown version",
        "This faxops reads version 1 of the configuration.",
        "version: 2",
        "version: 1",
    ),
    Code(
        "FX212",
        "One of two shapes",
        "The entry mixes two shapes, or is neither.",
        'removed: [{key: legacy, id: "1293384261075731499"}]',
        "removed: [{key: legacy, destroy: false}]",
    ),
    Code(
        "FX214",
        "Reserved tag",
        "Tags under `faxops.` record on the live application who owns it. Writing them by hand"
        " would take an application from its owner.",
        "tags: [faxops.clinic.intake]",
        "tags: [team-intake]",
    ),
    Code(
        "FX215",
        "Unknown field in ignore_changes",
        "`ignore_changes` names fields by their path in the API's object.",
        "lifecycle: {ignore_changes: [channel_limit]}",
        "lifecycle: {ignore_changes: [outbound.channel_limit]}",
    ),
    Code(
        "FX301",
        "Not a reference",
        "`${…}` takes `var.X`, `env.X`, `row.X`, `key`, `stack` or `environment`, and nothing else:"
        " there are no expressions. `$${` is a literal `${`.",
        "application_name: ${name}",
        "application_name: ${var.name}",
    ),
    Code(
        "FX302",
        "Unknown variable or column",
        "The variable is not declared, or the table has no such column.",
        "webhook_event_url: https://${var.hots}/fax",
        "webhook_event_url: https://${var.host}/fax",
    ),
    Code(
        "FX303",
        "Environment variable not listed",
        "Only the environment variables that `env` lists may be read, so that a change to the"
        " configuration cannot read others unnoticed.",
        "fax_email_recipient: ${env.INTAKE_MAILBOX}",
        "env: [INTAKE_MAILBOX]",
    ),
    Code(
        "FX304",
        "Environment variable not set",
        "The variable is listed in `env`, is used, and is not set where faxops runs.",
    ),
    Code(
        "FX305",
        "Environment variable forbidden",
        "Variables that hold keys of the surroundings may never be read, listed or not.",
        "env: [GITHUB_TOKEN]",
        "env: [INTAKE_MAILBOX]",
    ),
    Code(
        "FX306",
        "Value from the environment where none may stand",
        "Values from the environment are never shown. Keys, stacks, ids, tags and the scheme and"
        " host of a URL must be shown, so they cannot hold one.",
        "webhook_event_url: https://${env.HOOK_HOST}/fax",
        "webhook_event_url: https://${var.host}/fax/${env.HOOK_PATH}",
    ),
    Code(
        "FX307",
        "Reference that means nothing here",
        "`${row.X}` has a meaning only in the application of a fleet, `${key}` only in an"
        " application, `${environment}` only in a file with environments.",
        "fax_applications: {intake: {application_name: '${row.name}'}}",
        "fax_applications: {intake: {application_name: '${key}'}}",
    ),
    Code(
        "FX308",
        "Variable without a value",
        "A variable that is declared as `null` must be given with `--var` or `FAXOPS_VAR_…`.",
        "variables: {host: null}",
        "variables: {host: hooks.clinic.example}",
    ),
    Code(
        "FX310",
        "Stack in the wrong place",
        "`stack` and `account` stand at the top of a file without environments, and else in each"
        " environment.",
        "stack: clinic\nenvironments: {prod: {stack: clinic-prod}}",
        "environments: {prod: {stack: clinic-prod}}",
    ),
    Code(
        "FX311",
        "Name that no stack can have",
        "The stack's name becomes part of a tag on the live application. `w` and `keep` have"
        " another meaning there.",
        "stack: Clinic_Prod",
        "stack: clinic-prod",
    ),
    Code(
        "FX312",
        "Two environments with one stack",
        "Two environments that share a stack would each destroy what the other one created.",
        "environments: {prod: {stack: clinic}, staging: {stack: clinic}}",
        "environments: {prod: {stack: clinic-prod}, staging: {stack: clinic-staging}}",
    ),
    Code(
        "FX313",
        "Unknown environment",
        "An application names an environment that the main file does not have.",
        "intake: {environments: [production]}",
        "intake: {environments: [prod]}",
    ),
    Code(
        "FX401",
        "Name that no key can have",
        "A key is the identity of an application and becomes part of a tag.",
        "fax_applications: {Front Desk: {}}",
        "fax_applications: {front-desk: {}}",
    ),
    Code(
        "FX402",
        "Two applications with one key",
        "Two files, or a file and a fleet, define the same key in one environment.",
    ),
    Code(
        "FX403",
        "Not CSV",
        "The table breaks the rules of CSV: commas between cells, a cell with a comma or a quote in"
        " double quotes, a quote inside it doubled.",
        'north,"Clinic "North"",10',
        'north,"Clinic ""North""",10',
    ),
    Code(
        "FX404",
        "Bad header",
        "The first line of a table names each column once.",
        "code,name,name",
        "code,name,limit",
    ),
    Code(
        "FX405",
        "Ragged row",
        "A row has more or fewer cells than the header, so its values may stand in wrong columns.",
        "south,Clinic South, Building 2,4",
        'south,"Clinic South, Building 2",4',
    ),
    Code(
        "FX406",
        "Fleet without rows",
        "A warning: a fleet without rows defines nothing, and what it defined before is destroyed.",
    ),
    Code(
        "FX407",
        "Applications with one name",
        "A warning: names need not be unique, and people in the portal know nothing else.",
    ),
    Code(
        "FX501",
        "Import to an unknown key",
        "`to` must be the key of an application that is defined.",
        'imports: [{id: "1293384261075731499", to: intak}]',
        'imports: [{id: "1293384261075731499", to: intake}]',
    ),
    Code(
        "FX502",
        "Imported twice",
        "One live application is imported by two entries, or one key imports two.",
    ),
    Code(
        "FX503",
        "Moved to itself",
        "`from` and `to` are one key.",
        "moved: [{from: intake, to: intake}]",
        "moved: [{from: front-desk, to: intake}]",
    ),
    Code(
        "FX504",
        "Moves in a circle",
        "Following the moves leads back to where they began, so no key is the last one.",
        "moved: [{from: a, to: b}, {from: b, to: a}]",
        "moved: [{from: a, to: b}]",
    ),
    Code(
        "FX505",
        "Moves that meet or part",
        "Two keys are moved to one, or one key to two. An application has one key.",
        "moved: [{from: a, to: c}, {from: b, to: c}]",
        "moved: [{from: a, to: c}]",
    ),
    Code(
        "FX506",
        "Moved and still defined",
        "`from` is still the key of an application, so nothing was renamed.",
    ),
    Code(
        "FX507",
        "Moved to an unknown key",
        "`to` must be defined, moved on, or removed.",
    ),
    Code(
        "FX508",
        "Removed and still defined",
        "The key is given up and defined at once.",
    ),
    Code(
        "FX509",
        "Contradictory removals",
        "A key or an id is given up twice, or imported and given up at once.",
    ),
    Code(
        "FX601",
        "Webhook host not allowed",
        "`policy.webhook_hosts` does not let this host pass. A wrong host sends faxes elsewhere.",
        "webhook_event_url: https://hooks.clinic-example.com/fax",
        "webhook_event_url: https://hooks.clinic.example/fax",
    ),
    Code(
        "FX602",
        "Webhook without TLS",
        "`policy.require_https` forbids webhook URLs that are not https.",
        "webhook_event_url: http://hooks.clinic.example/fax",
        "webhook_event_url: https://hooks.clinic.example/fax",
    ),
    Code(
        "FX603",
        "User name in a URL",
        "A name or password before the host of a URL would be stored in the account, and is a way"
        " to make one host look like another.",
        "webhook_event_url: https://hooks.clinic.example@evil.example/fax",
        "webhook_event_url: https://hooks.clinic.example/fax",
    ),
    Code(
        "FX604",
        "Looser than the policy file",
        "A warning: the configuration can tighten the file of `--policy`, never loosen it. The"
        " stricter of the two counts.",
    ),
    Code(
        "FX605",
        "Guards in different units",
        "A number and a percentage cannot be compared before the account was read, so the"
        " configuration uses the unit of the policy file.",
        "guards: {max_deletes: 10%}   # the policy file says 5",
        "guards: {max_deletes: 3}",
    ),
    Code(
        "FX606",
        "Not a host name",
        "`webhook_hosts` holds host names without scheme, port or path; `*.x` is every host under"
        " `x`, and not `x` itself.",
        "webhook_hosts: [https://hooks.clinic.example]",
        "webhook_hosts: [hooks.clinic.example]",
    ),
)
