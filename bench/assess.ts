/**
 * How long it takes to gather evidence from a repository of 2,000 commits and 3,000 files: for the 426 phases of the
 * ancestor's database where that is there, else for as many generated ones, and for 100,000 generated phases; beside a
 * plain `git log --raw` of the same history.
 * npm run bench:assess [DATABASE]
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { gatherEvidence } from "../src/assessment/evidence/gather-evidence.ts";
import { planImport } from "../src/assessment/import/plan-import.ts";
import { buildRecords } from "../src/domain/build-records.ts";
import { expectationOf } from "../src/domain/expectations.ts";
import type { PhaseRecord } from "../src/domain/record.ts";
import { foldRecord } from "../src/domain/record-fold.ts";
import { parseScopeEntry } from "../src/domain/scope-entry.ts";
import { failureOfReason, failureOfTry } from "../src/failures/replay/recorded-failure.ts";
import { readForeign } from "../src/store/foreign/read-foreign.ts";
import { evidenceLimits, evidenceSource } from "../test/harness/evidence-source.ts";
import { type Written, type WrittenCommit, writeHistory } from "../test/harness/fast-import.ts";
import { phaseRecord } from "../test/harness/made-records.ts";
import { git, userGitEnv } from "../test/harness/temp.ts";
import { median } from "./measure.ts";

const commitCount = 2000;
const fileCount = 3000;
const rounds = 3;
const database = resolve(process.argv[2] ?? "../shared/data/legacy/autopack-2025-12-23.sqlite");
const folder = mkdtempSync(join(tmpdir(), "autopack-bench-"));

/** The same numbers every time. */
let state = 42;
function draw(below: number): number {
  state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
  return Math.floor((state / 2_147_483_648) * below);
}

/** Real paths with the times they came at, where there are some; the rest is made up. */
function listFiles(): { path: string; from: number }[] {
  const [first, last] = [Date.parse("2025-11-28T00:00:00Z"), Date.parse("2025-12-23T00:00:00Z")];
  const list = join(dirname(database), "tree-2025-12-23.tsv");
  const real = existsSync(list) ? readFileSync(list, "utf8").trim().split("\n").slice(1) : [];
  const files = real.map((line) => {
    const [path = "", , at = ""] = line.split("\t");
    return { path, from: Date.parse(at) };
  });
  for (let index = files.length; index < fileCount; index++)
    files.push({ path: `src/part${index % 40}/module_${index}.py`, from: first + draw(last - first) });
  return files.filter(({ path }) => !/[\n"]/.test(path)).sort((a, b) => a.from - b.from);
}

const contentOf = (path: string, version: number): string => {
  const name = path.replace(/\W+/g, "_");
  const lines = Array.from(
    { length: 30 + draw(120) },
    (_, at) => `def ${name}_${at}(x):\n    return x + ${at + version}\n`,
  );
  return `from src.part${draw(40)} import module_${draw(fileCount)}\n\n${lines.join("\n")}`;
};

/** Each commit brings its share of the files and changes three that are there. */
function createHistory(root: string): void {
  const files = listFiles();
  const commits = Array.from({ length: commitCount }, (_, index): WrittenCommit => {
    const share = files.slice(
      Math.floor((index * files.length) / commitCount),
      Math.floor(((index + 1) * files.length) / commitCount),
    );
    const known = files.slice(0, Math.max(1, Math.floor((index * files.length) / commitCount)));
    const touched = Array.from({ length: 3 }, () => known[draw(known.length)] ?? files[0]);
    const written: Record<string, Written> = {};
    for (const file of [...share, ...touched]) if (file) written[file.path] = contentOf(file.path, index);
    const at = new Date(share[0]?.from ?? Date.parse("2025-11-28T00:00:00Z"));
    at.setMilliseconds(0);
    return { name: `c${index}`, at: at.toISOString(), files: written };
  });
  writeHistory(root, commits);
}

function generatePhases(count: number, paths: readonly string[]): PhaseRecord[] {
  const first = Date.parse("2025-11-28T00:00:00Z");
  return Array.from({ length: count }, (_, ord) => {
    const path = () => paths[draw(paths.length)] ?? "";
    const entries = [
      path(),
      `${path()} (updated) with Part${ord % 50} class`,
      path(),
      `src/absent_${draw(5000)}.py`,
    ];
    if (ord % 20 === 0) entries.push(`src/part${draw(40)}/ 10+ files`);
    const from = first + draw(25 * 86_400_000);
    return phaseRecord(`p${ord % 100}`, {
      runId: `run-${Math.floor(ord / 100)}`,
      ord: ord % 100,
      recorded: draw(2) === 0 ? "complete" : "failed",
      beginning: { at: new Date(from).toISOString(), certain: true },
      end: { at: new Date(from + 3_600_000).toISOString(), certain: true },
      description: `Build the \`part_${ord % 70}\` of the search`,
      expectations: entries.flatMap((entry) => expectationOf(parseScopeEntry(entry)) ?? []),
    });
  });
}

async function importedPhases(): Promise<PhaseRecord[] | null> {
  if (!existsSync(database)) return null;
  const read = await readForeign(database, {
    bytes: 1e9,
    rowBytes: 1e7,
    waitMs: 1000,
    temporaryRoot: folder,
  });
  const source = { program: "autopack-py", sha256: read.sha256, snapshot: 1 } as const;
  const planned = planImport({ ...read, source, tries: new Map() }, new Map());
  const folded = planned.appends.flatMap(({ runId, events }) =>
    runId === null ? [] : [[runId, foldRecord(events)] as const],
  );
  const { runs } = buildRecords(new Map(folded), { ofReason: failureOfReason, ofTry: failureOfTry });
  return runs.flatMap(({ phases }) => phases);
}

async function seconds<T>(work: () => T): Promise<[number, Awaited<T>]> {
  const started = performance.now();
  const value = await work();
  return [(performance.now() - started) / 1000, value];
}

if (process.argv[3] === "--create") {
  createHistory(process.argv[4] ?? "");
  rmSync(folder, { recursive: true });
  process.exit(0);
}
try {
  const root = join(folder, "repo");
  // Elsewhere: what making it takes is no part of the peak.
  spawnSync(process.execPath, [process.argv[1] ?? "", database, "--create", root], { stdio: "inherit" });
  const head = git(root, "rev-parse", "main").trim();
  const paths = git(root, "ls-tree", "-r", "--name-only", head).trim().split("\n");
  const gitDir = join(root, ".git");
  const source = evidenceSource(gitDir, folder);
  const plainLog = () =>
    spawnSync("git", ["log", "--raw", "-z", "--no-abbrev", head], {
      cwd: root,
      env: userGitEnv(),
      maxBuffer: 1 << 30,
    });
  const gather = (phases: readonly PhaseRecord[]) =>
    gatherEvidence(source, head, phases, { limits: evidenceLimits });

  const measure = async (label: string, phases: readonly PhaseRecord[], times: number) => {
    const [ours, theirs]: [number[], number[]] = [[], []];
    const states = new Map<string, number>();
    for (let round = 0; round < times; round++) {
      const [took, evidence] = await seconds(() => gather(phases));
      ours.push(took);
      theirs.push((await seconds(plainLog))[0]);
      if (round === 0)
        for (const { deliverables } of evidence)
          for (const { now } of deliverables) states.set(now.state, (states.get(now.state) ?? 0) + 1);
    }
    const [own, log] = [median(ours), median(theirs)];
    const peak = process.resourceUsage().maxRSS / 1024;
    const counts = [...states].sort().map(([state, count]) => `${count} ${state}`);
    console.log(
      `${label.padEnd(28)} ${own.toFixed(2)} s   git log --raw ${log.toFixed(2)} s   ${(own / log).toFixed(1)} x   peak ${peak.toFixed(0)} MB   ${counts.join(", ")}`,
    );
  };
  const imported = await importedPhases();
  await measure(
    imported ? `${imported.length} imported phases` : "426 generated phases",
    imported ?? generatePhases(426, paths),
    rounds,
  );
  await measure("100,000 generated phases", generatePhases(100_000, paths), 1);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
