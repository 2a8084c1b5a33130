/**
 * What people do today: a loop over the phases, in the checkout. Each builder is called until it exits 0 and the checks
 * pass, or as often as the plan's attempts say; then all that is there is committed and the phase is ticked off.
 * node adapters/loop.ts FOLDER [--resume]
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NeutralPhase, NeutralPlan, NeutralResult } from "../handover.ts";

const [, , folder = ""] = process.argv;
const plan = JSON.parse(readFileSync(join(folder, "plan.json"), "utf8")) as NeutralPlan;
const ticks = join(folder, "state", "ticks");
/** Phases that have ended, kept across restarts as people keep a list. */
const ended = new Map<string, string>();
for (const line of existsSync(ticks) ? readFileSync(ticks, "utf8").split("\n") : []) {
  const [id = "", state = ""] = line.split(" ");
  ended.set(id, state);
}

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
  ended.set(id, state);
  appendFileSync(ticks, `${id} ${state}\n`);
}

for (const command of plan.setup) shell(command);
for (const phase of plan.phases.toSorted((a, b) => a.tier - b.tier))
  if (!ended.has(phase.id)) carryOut(phase);

const head = spawnSync("git", ["rev-parse", "HEAD"], {
  cwd: plan.repository,
  encoding: "utf8",
}).stdout.trim();
const result: NeutralResult = {
  version: 1,
  run: "ended",
  phases: plan.phases.map(({ id }) => {
    const state = ended.get(id) === "complete" ? "complete" : "failed";
    return { id, state, cause: null, failures: [] };
  }),
  head,
  places: ["repo/.git"],
  spend: null,
};
writeFileSync(join(folder, "result.json"), JSON.stringify(result, null, 2));
