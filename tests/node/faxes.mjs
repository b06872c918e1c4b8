// The official SDK, unchanged, against two emulators whose base URLs are the arguments: in the first
// a fax is on its way for long, in the second it is over at once.
// Prints "ok" if every reply was as expected; otherwise the assertion ends it.

import assert from 'node:assert/strict';
import Telnyx from 'telnyx';

const [slow, fast] = process.argv
  .slice(2)
  .map((baseURL) => new Telnyx({ apiKey: 'KEY-one', baseURL }));
const fax = {
  connection_id: '42',
  from: '+13125550100',
  to: '+13125550101',
  media_url: 'https://files.clinic.example/a.pdf',
};

const sent = (await slow.faxes.create(fax)).data;
assert.equal(sent.status, 'queued');
assert.deepEqual((await slow.faxes.actions.cancel(sent.id)).data, { result: 'ok' });
const canceled = (await slow.faxes.retrieve(sent.id)).data;
assert.deepEqual([canceled.status, canceled.failure_reason], ['failed', 'sender_canceled']);
await assert.rejects(slow.faxes.actions.cancel(sent.id), Telnyx.UnprocessableEntityError);
await slow.faxes.delete(sent.id);
await assert.rejects(slow.faxes.retrieve(sent.id), Telnyx.NotFoundError);

const arrived = await fetch(new URL('/_emulator/faxes', process.argv[3]), {
  method: 'POST',
  body: JSON.stringify({ connection_id: '42' }),
});
const { id } = (await arrived.json()).data;
assert.deepEqual((await fast.faxes.actions.refresh(id)).data, { result: 'ok' });
const received = (await fast.faxes.retrieve(id)).data;
assert.equal(received.status, 'received');
const file = await (await fetch(received.media_url)).text();
assert.equal(file.slice(0, 5), '%PDF-');

const numbers = Array.from({ length: 65 }, (_, number) => `+1312555${1000 + number}`);
for (const to of numbers) {
  await fast.faxes.create({ ...fax, to });
}
const listed = [];
for await (const each of fast.faxes.list({
  'page[size]': 20,
  filter: { direction: { eq: 'outbound' } },
})) {
  listed.push(each.to);
}
assert.deepEqual(listed, numbers.reverse());
console.log('ok');
