import { rmSync } from "node:fs";
import { join } from "node:path";
import { AncestorDatabase } from "./ancestor-database.ts";
import { callCli, createProject, type Project } from "./cli.ts";
import { writeHistory } from "./fast-import.ts";
import { git } from "./temp.ts";

const body = (name: string) => `export function ${name}(text) {\n  return text.trim().length;\n}\n`;
const testOf = (name: string) =>
  [
    'import assert from "node:assert/strict";',
    'import { test } from "node:test";',
    `import { ${name} } from "../src/${name}.js";\n`,
    `test("${name} counts", () => assert.equal(${name}(" ab "), 2));\n`,
  ].join("\n");

const instant = (day: number): string => `2026-02-${String(day).padStart(2, "0")}T12:00:00Z`;
const stamp = (day: number): string => instant(day).replace("T", " ").replace("Z", ".000");

interface RecordedPhase {
  readonly run: string;
  readonly phase: string;
  readonly state: string;
  readonly deliverables: readonly string[];
  readonly from?: number;
  readonly to?: number;
  /** How it has to be assessed. */
  readonly verdict: string;
}

/** One phase for every verdict but `complete` by a certificate and what own runs bring. */
export const recordedPhases: readonly RecordedPhase[] = [
  {
    run: "first",
    phase: "parser",
    state: "COMPLETE",
    deliverables: ["src/parser.js", "test/parser.test.js"],
    verdict: "complete",
  },
  {
    run: "first",
    phase: "printer",
    state: "COMPLETE",
    deliverables: ["src/printer.js"],
    verdict: "false-complete",
  },
  {
    run: "first",
    phase: "reader",
    state: "FAILED",
    deliverables: ["src/reader.js", "test/reader.test.js"],
    verdict: "delivered",
  },
  {
    run: "first",
    phase: "writer",
    state: "FAILED",
    deliverables: ["src/writer.js", "src/writer-cli.js"],
    verdict: "partial",
  },
  { run: "first", phase: "cache", state: "QUEUED", deliverables: ["src/cache.js"], verdict: "not-delivered" },
  {
    run: "first",
    phase: "faster",
    state: "FAILED",
    deliverables: ["make everything faster"],
    verdict: "unknown",
  },
  {
    run: "first",
    phase: "index-all",
    state: "FAILED",
    deliverables: ["src/index-all.js"],
    verdict: "contradicted",
  },
  { run: "first", phase: "search", state: "FAILED", deliverables: ["src/search.js"], verdict: "superseded" },
  { run: "trial", phase: "try", state: "COMPLETE", deliverables: ["src/trial.js"], verdict: "evidence-run" },
  {
    run: "second",
    phase: "search-again",
    state: "FAILED",
    deliverables: ["src/search.js"],
    from: 20,
    to: 22,
    verdict: "delivered",
  },
];

/** A repository with the work of some days in its history, and beside it the ancestor's record of who was to do it. */
export function createRecordedProject(): Project & { readonly database: string } {
  const project = createProject();
  const { repo, folder } = project;
  rmSync(repo, { recursive: true });
  const builder = { attempts: [{ steps: [{ write: { path: "src/cache.js", content: body("cache") } }] }] };
  const config = {
    version: 1,
    builders: { double: { scripted: "double.yaml" } },
    defaults: { builder: "double" },
    checks: {
      test: {
        run: "node --test --test-reporter=junit --test-reporter-destination=junit.xml",
        report: "junit.xml",
      },
    },
    setup: [],
    limits: { poll_seconds: 0.05 },
  };
  writeHistory(repo, [
    {
      name: "start",
      at: instant(1),
      files: {
        ".gitignore": "junit.xml\n",
        "autopack.yaml": JSON.stringify(config),
        "double.yaml": JSON.stringify(builder),
        "package.json": '{ "type": "module" }\n',
        "readme.txt": "read me\n",
      },
    },
    {
      name: "early",
      at: instant(11),
      files: {
        "src/parser.js": body("parser"),
        "test/parser.test.js": testOf("parser"),
        "src/printer.js": "",
        "src/writer.js": body("writer"),
        "test/reader.test.js": testOf("reader"),
      },
    },
    { name: "reader", at: instant(12), files: { "src/reader.js": body("reader") } },
    {
      name: "late",
      at: instant(21),
      files: { "src/search.js": body("search"), "docs/index-all.md": "# index-all\n\nStatus: complete\n" },
    },
  ]);
  git(repo, "reset", "--hard", "--quiet");
  const database = join(folder, "ancestor.db");
  writeRecord(database);
  return { ...project, database };
}

function writeRecord(path: string): void {
  const record = new AncestorDatabase(path);
  record.database.exec("alter table runs add column purpose");
  for (const run of new Set(recordedPhases.map((phase) => phase.run))) {
    const phases = recordedPhases.filter((phase) => phase.run === run);
    const from = stamp(Math.min(...phases.map(({ from: begun = 10 }) => begun)));
    const to = stamp(Math.max(...phases.map(({ to: ended = 14 }) => ended)));
    const purpose = run === "trial" ? "validation" : null;
    record.run(run, {
      state: "DONE_FAILED_REQUIRES_HUMAN_REVIEW",
      created_at: from,
      updated_at: to,
      goal_anchor: `Texts, ${run} part`,
      purpose,
    });
    for (const [index, { phase, state, deliverables, to: ended = 14 }] of phases.entries())
      record.phase(run, phase, {
        phase_index: index,
        state,
        description: `Do ${phase}`,
        scope: JSON.stringify({ deliverables }),
        created_at: from,
        updated_at: stamp(ended),
        ...(state === "FAILED" ? { last_failure_reason: "PATCH_FAILED" } : {}),
      });
  }
  record.close();
}

/** The same, with the record in the ledger. */
export async function createImportedProject(): Promise<Project & { readonly database: string }> {
  const project = createRecordedProject();
  const imported = await callCli(project, "import", "autopack-py", project.database);
  if (imported.code !== 0) throw new Error(imported.stderr);
  return project;
}
