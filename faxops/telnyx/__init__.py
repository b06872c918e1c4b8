"""Floor 2: Telnyx's fax API over HTTP."""
