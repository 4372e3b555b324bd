// OpenAI's Node package against a server. usage: openai.mjs URL KEY
import assert from 'node:assert/strict';
import OpenAI from 'openai';

const [url, apiKey] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
const asked = { model: 'gpt-4o-mini-tts', voice: 'af_sky', input: 'Hello there. This is the second sentence, which is somewhat longer.' };

const whole = await client.audio.speech.create({ ...asked, response_format: 'pcm' });
const pcm = Buffer.from(await whole.arrayBuffer());
assert.ok(pcm.length > 24_000 && pcm.length % 1_200 === 0);

const streamed = await client.audio.speech.create({ ...asked, response_format: 'pcm' });
const parts = [];
for await (const part of streamed.body) parts.push(part);
assert.deepEqual(Buffer.concat(parts), pcm);

const events = await client.audio.speech.create({ ...asked, response_format: 'pcm', stream_format: 'sse' });
const messages = (await events.text()).split('\n\n').filter(Boolean).map(event => JSON.parse(event.replace('data: ', '')));
assert.equal(messages.at(-1).type, 'speech.audio.done');
assert.deepEqual(Buffer.concat(messages.slice(0, -1).map(event => Buffer.from(event.audio, 'base64'))), pcm);

const mp3 = await client.audio.speech.create(asked);
assert.equal(mp3.headers.get('content-type'), 'audio/mpeg');
await assert.rejects(client.audio.speech.create({ ...asked, speed: 9 }), error => error.status === 400 && error.param === 'speed');

// A client that goes.
const abort = new AbortController();
const long = await client.audio.speech.create({ ...asked, input: asked.input.repeat(20) }, { signal: abort.signal });
await long.body.getReader().read();
abort.abort();
const after = await client.audio.speech.create({ ...asked, response_format: 'pcm' });
assert.deepEqual(Buffer.from(await after.arrayBuffer()), pcm);
console.log('openai for Node: passed');
process.exit(); // the package keeps a timer of ten minutes for the request that was aborted
