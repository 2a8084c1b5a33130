/**
 * Every point of the crash matrix, before and after each call into the world, on a plan whose phases run in parallel;
 * the suite kills once in each situation. Takes some twenty minutes; give a number to kill at
 * every nth point only.
 * npm run bench:crash -- [N]
 */
import { cpSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPoints, killAt, resumeAndJudge } from "../test/harness/crash-judge.ts";
import { createCrashRepository } from "../test/harness/crash-plan.ts";

const every = Math.max(1, Number(process.argv[2] ?? 1));
const root = realpathSync(mkdtempSync(join(tmpdir(), "autopack-crash-")));
const started = performance.now();
let reached = 0;
const failures: string[] = [];
try {
  const template = join(root, "template");
  createCrashRepository(template, 2);
  const fresh = (name: string) => {
    cpSync(template, join(root, name), { recursive: true });
    return join(root, name);
  };
  const undisturbed = await findPoints(fresh("undisturbed"));
  const points = undisturbed.all.filter((_, index) => index % every === 0);
  for (const [index, point] of points.entries()) {
    const folder = fresh(`at-${index}`);
    // Two phases at once: the order of calls differs a little from run to run, so the last points may not come.
    if (await killAt(folder, point)) reached++;
    for (const problem of await resumeAndJudge(folder, undisturbed)) failures.push(`${point}: ${problem}`);
    rmSync(folder, { recursive: true, force: true });
    if (index % 50 === 49) console.error(`${index + 1} of ${points.length}, ${failures.length} problems`);
  }
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(
    `${undisturbed.all.length} points, ${points.length} tried, ${reached} killed, ${failures.length} problems, ${seconds} s`,
  );
  for (const failure of failures) console.log(failure);
} finally {
  rmSync(root, { recursive: true, force: true });
}
process.exitCode = failures.length === 0 ? 0 : 1;
