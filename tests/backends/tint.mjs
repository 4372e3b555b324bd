// Compiles WGSL with Tint, the compiler of Chrome and Edge, whose uniformity analysis is stricter than naga's.
//
// usage: tint.mjs FOLDER    every .wgsl in it, in a headless Chromium on its own software GPU; exit status 1 if one is refused
//
// Needs playwright-core, and a Chromium at $CHROMIUM.

import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { chromium } from "playwright-core";

const folder = process.argv[2];
const shaders = fs.readdirSync(folder).filter((name) => name.endsWith(".wgsl")).sort().map((name) => {
    const text = fs.readFileSync(path.join(folder, name), "utf8");
    // naga takes subgroups without being told; WGSL asks that they are enabled. Matrices are wgpu's alone.
    return { name, text: name.includes(".subgroup") ? "enable subgroups;\n" + text : text };
}).filter(({ name }) => !name.includes(".matrix"));
shaders.push({ name: "(a barrier in one branch)", text: `
    @compute @workgroup_size(64) fn main(@builtin(local_invocation_index) lane: u32) {
        if lane < 7u { workgroupBarrier(); }
    }`, wrong: true });

// WebGPU is for secure contexts only, which a page of this machine is.
const server = http.createServer((_, response) => response.end("<!doctype html>")).listen(0, "127.0.0.1");
await new Promise((ready) => server.once("listening", ready));
const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless=new", "--no-sandbox", "--enable-unsafe-webgpu", "--disable-background-networking",
           "--disable-component-update", "--disable-sync", "--no-first-run"],
});
let refused = 0;
try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const answers = await page.evaluate(async (shaders) => {
        const adapter = await navigator.gpu.requestAdapter();
        const features = [...adapter.features].filter((name) => name === "subgroups");
        const device = await adapter.requestDevice({ requiredFeatures: features });
        const answers = [];
        for (const { text } of shaders) {
            device.pushErrorScope("validation");
            const module = device.createShaderModule({ code: text });
            const { messages } = await module.getCompilationInfo();
            const errors = messages.filter((m) => m.type === "error").map((m) => `${m.lineNum}: ${m.message}`);
            // Its own layout, from the shader: limits are checked too.
            if (errors.length === 0) device.createComputePipeline({ layout: "auto", compute: { module } });
            const scope = await device.popErrorScope();
            if (errors.length === 0 && scope) errors.push(scope.message);
            answers.push(errors);
        }
        return answers;
    }, shaders);
    for (const [i, errors] of answers.entries()) {
        const { name, wrong } = shaders[i];
        if (wrong && errors.length === 0) throw new Error(`Tint takes what it must refuse: ${name}`);
        if (!wrong && errors.length > 0) {
            refused += 1;
            console.log(`${name}: ${errors.join("\n")}`);
        }
    }
    console.log(`WGSL: Tint compiles ${shaders.length - 1 - refused} of ${shaders.length - 1}`);
} finally {
    await browser.close();
    server.close();
}
process.exitCode = refused > 0 ? 1 : 0;
