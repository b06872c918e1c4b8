"""Floor 2: the Telnyx API over HTTP. Importing any module of it imports httpx."""
