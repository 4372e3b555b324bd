// The package in Firefox, which has no protocol here to be driven by: a page of its own runs the checks and sends back what it saw.
// usage: node firefox.mjs SITE    SITE: what web/build assembled
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { serve } from '../serve.mjs';
import { golden, narrow } from './narrow.mjs';

const MINUTES = 15;
const site = resolve(process.argv[2]);

/** Runs in the page. */
async function checks(options) {
  const { Kokoro } = await import('/kokoro/kokoro.js');
  const tts = await Kokoro.load(options);
  const check = await tts.check();
  const report = await tts.verify('narrow', await (await fetch('/golden/narrow.safetensors')).arrayBuffer());
  const speech = await tts.generate('hɛl wɜ', { voice: 'seeded:1', phonemes: true });
  return {
    browser: navigator.userAgent,
    adapter: tts.device.adapter,
    failed: [...check.trials, ...report.stages].filter((trial) => !trial.passed),
    passing: check.passing,
    stages: report.stages.length,
    samples: speech.audio.length,
    words: speech.words.map((word) => word.text),
  };
}

const page = `<!doctype html><meta charset="utf-8"><script type="module">
  const send = (seen) => fetch('/seen', { method: 'POST', body: JSON.stringify(seen) });
  (${checks})(${JSON.stringify(narrow)}).then(send, (error) => send({ error: String(error) }));
</script>`;
let finish;
const seen = new Promise((resolve) => (finish = resolve));
const before = (request, response) => {
  if (request.url === '/checks') response.writeHead(200, { 'Content-Type': 'text/html' }).end(page);
  else if (request.url === '/seen') {
    let body = '';
    request.on('data', (part) => (body += part)).on('end', () => finish(JSON.parse(body)));
    response.end();
  } else return false;
  return true;
};
const server = await serve([['/', site], ['/golden/', golden]], { before });

const profile = mkdtempSync(join(tmpdir(), 'firefox-'));
const preferences = { 'dom.webgpu.enabled': true, 'gfx.webgpu.ignore-blocklist': true, 'app.update.enabled': false };
const lines = Object.entries(preferences).map(([name, value]) => `user_pref("${name}", ${value});\n`);
writeFileSync(join(profile, 'user.js'), lines.join(''));
const firefox = spawn(process.env.FIREFOX ?? '/usr/bin/firefox-esr', ['--headless', '--no-remote', '--profile', profile, `${server.url}checks`], {
  stdio: 'ignore',
});
firefox.on('error', (error) => finish({ error: error.message }));
firefox.on('exit', (code) => finish({ error: `Firefox ended with ${code}` }));
const late = setTimeout(() => finish({ error: `Firefox has not answered in ${MINUTES} minutes` }), MINUTES * 60_000);
const result = await seen;
clearTimeout(late);
firefox.kill();
server.close();
try {
  console.log(JSON.stringify(result));
  assert.equal(result.error, undefined);
  assert.deepEqual(result.failed, []);
  assert.deepEqual([...result.passing].sort(), ['registers', 'shared', 'wide']);
  assert.ok(result.stages > 20, `${result.stages} stages`);
  assert.ok(result.samples > 0 && result.samples % 600 === 0, `${result.samples} samples`);
  assert.deepEqual(result.words, ['hɛl', 'wɜ']);
  console.log('ok      Firefox: the self-check, every stage of a golden file, speech of an untrained network');
} finally {
  rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
