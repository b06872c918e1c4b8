"""Floor 4: the Telnyx fax API on SQLite, for demos, tests and dry runs of whole pipelines."""
