import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "./harness/temp.ts";

const autopack = join(import.meta.dirname, "..", "bin", "autopack.js");

test("the demo gives every promised outcome and leaves nothing behind", () => {
  const folder = temporaryFolder();
  const temporary = join(folder, "tmp");
  const home = join(folder, "home");
  for (const path of [temporary, home]) mkdirSync(path);
  const { PATH } = process.env;
  const demo = spawnSync(process.execPath, [autopack, "demo", "--json"], {
    cwd: folder,
    env: { PATH, HOME: home, TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: "1" },
    encoding: "utf8",
    timeout: 55_000,
  });

  const result = JSON.parse(demo.stdout) as {
    outcomes: { phaseId: string; promised: unknown; actual: unknown; ok: boolean }[];
  };
  const { outcomes } = result;
  expect(result).toMatchObject({ schemaVersion: 1, ok: true, runExitCode: 1 });
  for (const { phaseId, ok } of outcomes) expect({ phaseId, ok }).toEqual({ phaseId, ok: true });

  const actual = Object.fromEntries(outcomes.map((outcome) => [outcome.phaseId, outcome.actual]));
  const { "tag-case": tagCase, "tag-counts": tagCounts, ...settled } = actual;
  expect(settled).toEqual({
    slugs: { state: "complete", attempts: 1 },
    "pinned-notes": { state: "complete", attempts: 2 },
    "release-workflow": { state: "failed", attempts: 0, failure: "plan-refused" },
    "release-guide": { state: "blocked", attempts: 0, blockedBy: "release-workflow" },
    "csv-export": { state: "failed", attempts: 2, failure: "no-change" },
    "word-count": { state: "failed", attempts: 2, failure: "tests-inconclusive" },
    "json-import": { state: "complete", attempts: 2 },
    "html-export": { state: "failed", attempts: 2, failure: "coverage-low" },
    reminders: { state: "complete", attempts: 1 },
    "tag-limit": { state: "failed", attempts: 2, failure: "tampering" },
    "phrase-search": { state: "failed", attempts: 2, failure: "test-deleted" },
  });
  // Whichever of the two is integrated first completes.
  const merged = [tagCase, tagCounts];
  expect(merged).toContainEqual({ state: "complete", attempts: 1 });
  expect(merged).toContainEqual({ state: "failed", attempts: 1, failure: "merge-check-failed" });

  expect(demo.status).toBe(0);
  expect(readdirSync(temporary)).toEqual([]);
  expect(readdirSync(home)).toEqual([]);
});
