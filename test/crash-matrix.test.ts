import { cpSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findPoints, killAt, resumeAndJudge } from "./harness/crash-judge.ts";
import { createCrashRepository } from "./harness/crash-plan.ts";

const lanes = 2;
let root: string;
let template: string;
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "autopack-crash-")));
  template = join(root, "template");
  createCrashRepository(template, 1);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const built = ["attempt-started", "build-started", "build-ended", "change-read", "change-assessed"];
const tried = [...built, "verification-started", "check-ended", "gate-decided"];
const completed = [...tried, "integration-started", "phase-completed"];
const created = ["run-created", "run-started"];
const ended = ["publishing-started", "run-published", "run-ended"];
/** Two phases, of which the first fails once. */
const expected = [...created, ...tried, "attempt-failed", ...completed, ...completed, ...ended];

/** A fresh copy of the repository that no run has touched. */
function copyTemplate(name: string): string {
  const folder = join(root, name);
  cpSync(template, folder, { recursive: true });
  return folder;
}

describe("a kill in any situation of a run", () => {
  test("loses nothing and does nothing twice once the run is resumed", async () => {
    const undisturbed = await findPoints(copyTemplate("undisturbed"));
    expect(undisturbed.types).toEqual(expected);
    expect(undisturbed.situations.length).toBeGreaterThan(50);

    const failures: string[] = [];
    const queue = undisturbed.situations.entries();
    const lane = async () => {
      for (const [index, point] of queue) {
        const folder = copyTemplate(`at-${index}`);
        if (!(await killAt(folder, point))) failures.push(`${point}: was not passed`);
        for (const problem of await resumeAndJudge(folder, undisturbed))
          failures.push(`${point}: ${problem}`);
        rmSync(folder, { recursive: true, force: true });
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    expect(failures).toEqual([]);
  }, 1_500_000);
});
