/**
 * How long it takes to tell that changed files parse and that their imports resolve, beside `tsc --noEmit` of the
 * same repository: for ten changed files of its sources, and for all of them.
 * npm run bench:build-check
 */
import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createFiles } from "../src/platform/files.ts";
import { checkImports } from "../src/verification/build-check/imports.ts";
import type { SourceChange } from "../src/verification/build-check/source-change.ts";
import { checkSources } from "../src/verification/build-check/sources.ts";
import { median } from "./measure.ts";

const rounds = 7;
const root = join(import.meta.dirname, "..");
const tracked = globSync("{src,test,bench}/**/*.ts", { cwd: root }).toSorted();
const sources = tracked.filter((path) => path.startsWith("src/"));

/** Every `step`-th source, each with a line more than before. */
const changesOf = (step: number): SourceChange[] =>
  sources
    .filter((_, index) => index % step === 0)
    .map((path) => {
      const before = readFileSync(join(root, path), "utf8");
      return { path, status: "modified", text: `${before}\n`, before };
    });

async function time(work: () => Promise<unknown> | unknown): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function check(changes: readonly SourceChange[]): Promise<{ parse: number; imports: number }> {
  let faults: readonly unknown[] = [];
  const parse = await time(async () => {
    faults = await checkSources(changes);
  });
  const imports = await time(async () => {
    faults = [...faults, ...(await checkImports({ files: createFiles(), root, tracked, changes }))];
  });
  if (faults.length > 0) throw new Error(`sound files were refused: ${JSON.stringify(faults)}`);
  return { parse, imports };
}

const sets = { ten: changesOf(Math.ceil(sources.length / 10)), all: changesOf(1) };
const times = { tsc: [] as number[], ten: [] as number[], all: [] as number[] };
const parts = { ten: [] as number[], all: [] as number[] };
// In turn, so that a change of the machine's speed meets all of them alike.
for (let round = 0; round < rounds; round++) {
  const tsc = () =>
    execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", "tsconfig.json", "--noEmit"], {
      cwd: root,
      stdio: "ignore",
    });
  times.tsc.push(await time(tsc));
  for (const name of ["ten", "all"] as const) {
    const { parse, imports } = await check(sets[name]);
    times[name].push(parse + imports);
    parts[name].push(parse);
  }
}
const reference = median(times.tsc);
console.log(`tsc --noEmit          median ${reference.toFixed(0).padStart(5)} ms`);
for (const name of ["ten", "all"] as const) {
  const [ms, parse] = [median(times[name]), median(parts[name])];
  const count = `${sets[name].length} changed files`.padEnd(20);
  console.log(
    `${count}  median ${ms.toFixed(0).padStart(5)} ms (parse ${parse.toFixed(0)})   ${(ms / reference).toFixed(2)} x tsc`,
  );
}
