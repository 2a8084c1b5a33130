import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BuildTask } from "../../src/builders/builder.ts";
import { createClock } from "../../src/platform/clock.ts";
import { createFiles } from "../../src/platform/files.ts";
import { createProcesses } from "../../src/platform/processes.ts";
import { temporaryFolder } from "./temp.ts";

let count = 0;

/** A task with an empty workspace and real adapters, in a folder that goes when the test ends. */
export function createBuilderTask(changes: Partial<BuildTask> = {}) {
  const root = temporaryFolder();
  const workspace = join(root, "tree");
  mkdirSync(workspace);
  const prompt = changes.prompt ?? "Write the code.";
  const order = join(root, "order");
  mkdirSync(order);
  const promptFile = join(order, "prompt.md");
  writeFileSync(promptFile, prompt);
  const lines: string[] = [];
  const clock = createClock();
  const deps = {
    clock,
    files: createFiles(),
    processes: createProcesses({
      path: process.env["PATH"] ?? "/usr/bin:/bin",
      home: root,
      lang: "C.UTF-8",
      tz: "UTC",
      tmpRoot: join(root, "tmp"),
      secrets: [],
      sandbox: "auto",
      objects: [],
      hidden: [],
      sampleMs: 50,
      clock,
    }),
  };
  count += 1;
  const task: BuildTask = {
    runId: "run-1",
    phase: {
      id: "phase-1",
      name: "Phase",
      description: "Write the code.",
      category: "backend",
      complexity: "low",
      deliverables: [],
      scope: { write: ["**"], read: [] },
      acceptance: [],
      budget: { attempts: 3, minutes: 1 },
      builder: { kind: "named", name: "builder" },
      dependsOn: [],
    },
    attempt: 1,
    prompt,
    promptFile,
    resultFile: join(order, "result.json"),
    workspace,
    timeoutMs: 30_000,
    graceMs: 2_000,
    marker: `task-${process.pid}-${count}/build`,
    log: { root: join(root, "artifacts"), path: "build.log", maxBytes: 100_000 },
    signal: new AbortController().signal,
    onLine: (line) => lines.push(line),
    ...changes,
  };
  return { root, workspace, deps, task, lines };
}
