/**
 * How long a coverage report of 50 MB in LCOV takes to be read, and how much memory: beside a bare loop over its lines
 * in node, which keeps nothing, and `wc -l`.
 * npm run bench:coverage [-- REPORT]: another report, of 4000 files that lie in `packages/`.
 */
import { execFileSync } from "node:child_process";
import { createReadStream, createWriteStream, mkdtempSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { countLines } from "../src/verification/coverage/file-lines.ts";
import { readCoverage } from "../src/verification/coverage/read-coverage.ts";
import { type Measured, measureProgram, median } from "./measure.ts";

const files = 4000;
const reportBytes = 50_000_000;
const rounds = 5;
const root = "/work/project";
const pathOf = (index: number) => `packages/p${index % 40}/src/module-${index}.ts`;

/** Records as Istanbul's reporter writes them: functions, lines and branches. */
function recordOf(index: number): string {
  const lines = Array.from({ length: 830 }, (_, line) => `DA:${line * 2 + 1},${(line * index) % 7}\n`);
  const functions = Array.from(
    { length: 40 },
    (_, f) => `FN:${f * 40 + 1},function${f}\nFNDA:${f},function${f}\n`,
  );
  const branches = Array.from({ length: 60 }, (_, b) => `BRDA:${b * 20 + 1},${b},0,${b % 3}\n`);
  return `TN:\nSF:${root}/${pathOf(index)}\n${functions.join("")}${lines.join("")}LF:830\n${branches.join("")}end_of_record\n`;
}

async function writeReport(path: string): Promise<void> {
  function* records() {
    for (let index = 0, bytes = 0; bytes < reportBytes; index++) {
      const record = recordOf(index % files);
      bytes += record.length;
      yield record;
    }
  }
  await pipeline(Readable.from(records()), createWriteStream(path));
}

/** What is measured, each in a process of its own. */
const tasks: Readonly<Record<string, (report: string) => Promise<string>>> = {
  async read(report) {
    const paths = new Set(Array.from({ length: files }, (_, index) => pathOf(index)));
    const limits = { bytes: 1e9, jsonBytes: 1e9, files: 1e6, lines: 1e8 };
    const read = await readCoverage(createReadStream(report), { root, paths }, limits);
    if (!read.ok) throw new Error(read.error.message);
    const { covered, total } = countLines(read.value.files.values());
    return `${read.value.files.size} files, ${covered} of ${total} lines covered`;
  },
  async lines(report) {
    let count = 0;
    for await (const _ of createInterface({ input: createReadStream(report) })) count++;
    return `${count} lines`;
  },
  async nothing() {
    return "";
  },
};

async function measureAll(report: string): Promise<void> {
  const { size } = statSync(report);
  console.log(`${(size / 1e6).toFixed(1)} MB; ${await tasks["read"]?.(report)}`);
  const place = { cwd: import.meta.dirname, env: process.env };
  const results: Record<string, Measured[]> = { read: [], lines: [], nothing: [] };
  const counted: number[] = [];
  // In turn, so that a change of the machine's speed meets all alike.
  for (let round = 0; round < rounds; round++) {
    for (const [task, list] of Object.entries(results))
      list.push(await measureProgram([import.meta.filename, task, report], place));
    const started = performance.now();
    execFileSync("wc", ["-l", report]);
    counted.push(performance.now() - started);
  }
  const show = (name: string, task: string, ours: number): number => {
    const ms = median((results[task] ?? []).map((one) => one.ms));
    const peak = median((results[task] ?? []).map((one) => one.peakMegabytes));
    const ratio = ours === 0 ? "" : `   read ${(ours / ms).toFixed(2)} x`;
    console.log(`${name.padEnd(16)} median ${(ms / 1000).toFixed(2)} s, peak ${peak.toFixed(0)} MB${ratio}`);
    return ms;
  };
  const ours = show("read", "read", 0);
  show("bare line loop", "lines", ours);
  show("node alone", "nothing", ours);
  const wc = median(counted);
  console.log(
    `${"wc -l".padEnd(16)} median ${(wc / 1000).toFixed(2)} s${" ".repeat(13)}   read ${(ours / wc).toFixed(2)} x`,
  );
}

const task = tasks[process.argv[2] ?? ""];
if (task) console.log(await task(process.argv[3] ?? ""));
else {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "autopack-bench-")));
  try {
    const generated = join(folder, "lcov.info");
    if (process.argv[2] === undefined) await writeReport(generated);
    await measureAll(process.argv[2] ?? generated);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
