// The official SDK, unchanged, against the emulator whose base URL is the argument.
// Prints "ok" if every reply was as expected; otherwise the assertion ends it.

import assert from 'node:assert/strict';
import Telnyx from 'telnyx';

const sdk = new Telnyx({ apiKey: 'KEY-one', baseURL: process.argv[2] });
const settings = {
  application_name: 'Intake',
  webhook_event_url: 'https://hooks.clinic.example/fax',
};

const made = (await sdk.faxApplications.create({ ...settings, tags: ['team-intake'] })).data;
assert.equal(typeof made.id, 'string');
assert.deepEqual(made.tags, ['team-intake']);
assert.deepEqual((await sdk.faxApplications.retrieve(made.id)).data, made);

const updated = (await sdk.faxApplications.update(made.id, { ...settings, active: false })).data;
assert.equal(updated.active, false);
assert.deepEqual((await sdk.faxApplications.delete(made.id)).data, updated);
await assert.rejects(sdk.faxApplications.retrieve(made.id), Telnyx.NotFoundError);
await assert.rejects(sdk.faxApplications.create({}), Telnyx.UnprocessableEntityError);

const names = Array.from({ length: 700 }, (_, number) => `app-${number}`);
for (const name of names) {
  await sdk.faxApplications.create({ ...settings, application_name: name });
}
const listed = [];
for await (const each of sdk.faxApplications.list({ 'page[size]': 250, sort: 'created_at' })) {
  listed.push(each.application_name);
}
assert.deepEqual(listed, names);
console.log('ok');
