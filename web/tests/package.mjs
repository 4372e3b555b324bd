// The package as npm sees it: what it contains, its size, its types, and a page that a bundler makes of it.
// usage: node package.mjs SITE TOOLS OUT    OUT: where the bundled page is put, for run.mjs
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';

const [site, tools, out] = process.argv.slice(2).map((path) => resolve(path));
const here = dirname(fileURLToPath(import.meta.url));
/** What a page downloads of WebAssembly, compressed and without dictionaries. */
const BUDGET = 1_500_000;

const run = (command, args, cwd) => execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const done = (what) => console.log(`ok      ${what}`);

/** A module without its data, which in a reader of text are dictionaries. */
function withoutData(wasm) {
  const DATA = 11;
  const kept = [wasm.subarray(0, 8)];
  for (let at = 8; at < wasm.length; ) {
    let [size, shift, next] = [0, 0, at + 1];
    for (let more = true; more; shift += 7) {
      size |= (wasm[next] & 0x7f) << shift;
      more = wasm[next++] > 0x7f;
    }
    if (wasm[at] !== DATA) kept.push(wasm.subarray(at, next + size));
    at = next + size;
  }
  return Buffer.concat(kept);
}

// As an app does: pack, and install what was packed.
const work = join(out, '../bundling');
rmSync(work, { recursive: true, force: true });
cpSync(join(here, 'bundled'), work, { recursive: true });
const [{ filename, files }] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', work], join(site, 'kokoro')));
const modules = ['engine', 'text', 'text-zh'];
assert.deepEqual(files.map(({ path }) => path).sort(), [
  'LICENSE-APACHE', 'LICENSE-MIT', 'NOTICE', 'README.md', 'package.json',
  'errors.js', 'files.js', 'kokoro.d.ts', 'kokoro.js', 'wav.js', 'worker.js',
  ...modules.map((name) => `wasm/${name}.js`), 'wasm/versions.js',
  'wasm/engine_bg.wasm', 'wasm/text_bg.wasm.gz', 'wasm/text-zh_bg.wasm.gz',
].sort());
done('the package has what it needs, and nothing else');
writeFileSync(join(work, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
run('npm', ['install', '--silent', '--no-audit', '--no-fund', '--offline', `./${filename}`], work);

const installed = join(work, 'node_modules/kokoro-wgpu');
const { version } = JSON.parse(readFileSync(join(installed, 'package.json')));
const [, ofWorkspace] = /^version = "(.*)"$/m.exec(readFileSync(join(here, '../Cargo.toml')));
assert.equal(version, ofWorkspace);

const compressed = (wasm) => gzipSync(wasm, { level: 9 }).length;
const readers = modules.slice(1).map((name) => gunzipSync(readFileSync(join(installed, `wasm/${name}_bg.wasm.gz`))));
const engine = compressed(readFileSync(join(installed, 'wasm/engine_bg.wasm')));
const reader = Math.max(...readers.map((wasm) => compressed(withoutData(wasm))));
assert.ok(engine + reader <= BUDGET, `the engine has ${engine} bytes compressed, a reader ${reader}: more than ${BUDGET}`);
done(`WebAssembly without dictionaries is ${engine} and ${reader} bytes compressed, at most ${BUDGET}`);

const bin = (name) => join(tools, 'node_modules/.bin', name);
run(bin('tsc'), ['--project', work]);
done('a strict program agrees with the types');

run(bin('vite'), ['build', '--outDir', out, '--emptyOutDir'], work);
const assets = readdirSync(join(out, 'assets'));
for (const part of [/^worker-.*\.js$/, /^engine_bg-.*\.wasm$/, /^text_bg.*-.*\.gz$/, /^text-zh_bg.*-.*\.gz$/]) {
  assert.ok(assets.some((name) => part.test(name)), `${part} among ${assets}`);
}
done('a bundler finds the worker and the WebAssembly');
