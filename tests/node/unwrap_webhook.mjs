// The official SDK, unchanged, unwraps a delivery: {body, headers, key} as JSON on standard input.
// Prints the type of its event; a signature that does not verify is an exception.

import { readFileSync } from 'node:fs';
import Telnyx from 'telnyx';

const { body, headers, key } = JSON.parse(readFileSync(0, 'utf8'));
const sdk = new Telnyx({ apiKey: 'KEY-one' });
const event = await sdk.webhooks.unwrap(body, { headers, key });
console.log(event.data.event_type);
