/**
 * How long `autopack replay` takes for logs of several sizes, and how much memory, beside `grep -c` of one marker in the
 * same file: about what reading it at all costs.
 * npm run bench:replay [-- MEGABYTES…]
 */
import { execFileSync } from "node:child_process";
import { createWriteStream, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { type Measured, measureProgram, median } from "./measure.ts";

const rounds = 5;
const program = fileURLToPath(new URL("../bin/autopack.js", import.meta.url));

/** Attempts that fail alike, with what surrounds them in a real log; every tenth echoes a patch in one long line. */
function* log(bytes: number): Generator<string> {
  const echoed = `{'output': '${"+    return value  # [p] Step 1/4: Generating code\\\\n".repeat(2000)}'}`;
  const start = Date.UTC(2025, 0, 1);
  const stamp = (second: number) =>
    `[${new Date(start + second * 1000).toISOString().slice(0, 19).replace("T", " ")}]`;
  yield `${stamp(0)} INFO: Initialized autonomous executor for run: bench\n`;
  for (let nth = 1, written = 0; written < bytes; nth++) {
    const at = stamp(nth * 30);
    const name = `phase-${nth % 20}`;
    const text = [
      `${at} INFO: Next phase: ${name}`,
      `${at} INFO: [${name}] Step 1/4: Generating code with Builder (via LlmService)...`,
      ...Array.from({ length: 20 }, (_, line) => `${at} INFO: [Context] Loaded file ${line} of 20`),
      `${at} INFO: [MODEL-SELECT] Builder: model=model-a, complexity=low->low, attempt=0`,
      `${at} INFO: [${name}] Builder succeeded (${30_000 + nth} tokens)`,
      ...(nth % 10 === 0 ? [`${at} ERROR: [${name}] Patch validation failed (422): ${echoed}`] : []),
      `${at} ERROR: [${name}] Failed to apply patch to filesystem: error: patch failed: src/a.py:${nth}`,
      "error: src/a.py: patch does not apply",
      `${at} INFO: Updated phase ${name} status to FAILED`,
      `${at} WARNING: Phase ${name} finished with status: PATCH_FAILED`,
    ];
    const whole = `${text.join("\n")}\n`;
    written += whole.length;
    yield whole;
  }
}

const show = (runs: readonly Measured[]) =>
  `${(median(runs.map(({ ms }) => ms)) / 1000).toFixed(2).padStart(6)} s ${Math.max(
    ...runs.map(({ peakMegabytes }) => peakMegabytes),
  )
    .toFixed(0)
    .padStart(5)} MB`;

const sizes = process.argv.slice(2).map(Number);
const folder = realpathSync(mkdtempSync(join(tmpdir(), "autopack-bench-")));
try {
  for (const megabytes of sizes.length > 0 ? sizes : [0.001, 2, 20, 200]) {
    const path = join(folder, "executor.log");
    await pipeline(log(megabytes * 1_000_000), createWriteStream(path));
    const place = { cwd: folder, env: process.env };
    const runs: Measured[] = [];
    const greps: number[] = [];
    for (let round = 0; round < rounds; round++) {
      runs.push(await measureProgram([program, "replay", path, "--json"], place));
      const started = performance.now();
      execFileSync("grep", ["-c", "Step 1/", path]);
      greps.push(performance.now() - started);
    }
    console.log(
      `${String(megabytes).padStart(6)} MB: replay ${show(runs)}; grep ${(median(greps) / 1000).toFixed(3)} s`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
