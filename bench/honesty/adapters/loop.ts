/**
 * What people do today: a loop over the phases, in the checkout. Each builder is called until it exits 0 and the checks
 * pass, or as often as the plan's attempts say; then all that is there is committed and the phase is ticked off.
 * node adapters/loop.ts FOLDER [--resume]
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NeutralPhase, NeutralPlan, NeutralResult } from "../handover.ts";

const [, , folder = ""] = process.argv;
const plan = JSON.parse(readFileSync(join(folder, "plan.json"), "utf8")) as NeutralPlan;
const ticks = join(folder, "state", "ticks.json");
/** Phases that have ended, kept across restarts as people keep a list. */
const ended: Record<string, "complete" | "failed"> = existsSync(ticks)
  ? JSON.parse(readFileSync(ticks, "utf8"))
  : {};

const shell = (command: string, minutes = 60): boolean =>
  spawnSync("timeout", ["-k", "1", String(minutes * 60), "sh", "-c", command], {
    cwd: plan.repository,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, BUILD_RESULT: join(folder, "tmp", "build-result.json") },
  }).status === 0;

function carryOut({ id, builder, budget, acceptance }: NeutralPhase): void {
  const checks = [...plan.checks.map(({ run }) => run), ...acceptance];
  for (let attempt = 1; attempt <= budget.attempts; attempt++) {
    if (!shell(builder, budget.minutes) || !checks.every((check) => shell(check))) continue;
    shell(`git add --all && git commit --quiet --allow-empty -m ${id}`);
    return tick(id, "complete");
  }
  tick(id, "failed");
}

function tick(id: string, state: "complete" | "failed"): void {
  ended[id] = state;
  writeFileSync(ticks, JSON.stringify(ended));
}

for (const command of plan.setup) shell(command);
for (const phase of plan.phases.toSorted((a, b) => a.tier - b.tier)) if (!ended[phase.id]) carryOut(phase);

const head = spawnSync("git", ["rev-parse", "HEAD"], { cwd: plan.repository, encoding: "utf8" }).stdout.trim();
const result: NeutralResult = {
  version: 1,
  run: "ended",
  phases: plan.phases.map(({ id }) => {
    return { id, state: ended[id] ?? "failed", cause: null, failures: [] };
  }),
  head,
  places: ["repo/.git"],
  spend: null,
};
writeFileSync(join(folder, "result.json"), JSON.stringify(result, null, 2));
