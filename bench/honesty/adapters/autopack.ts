/**
 * Carries a neutral plan out with this repository's autopack, as README.md asks of an adapter.
 * node adapters/autopack.ts FOLDER [--resume]
 */
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { NeutralPhase, NeutralPlan, NeutralResult } from "../handover.ts";

const [, , folder = "", resume] = process.argv;
const plan = JSON.parse(readFileSync(join(folder, "plan.json"), "utf8")) as NeutralPlan;
const program = join(import.meta.dirname, "..", "..", "..", "bin", "autopack.js");

// A signal to the group reaches autopack too, which ends by itself and is reported on then.
for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => undefined);

interface Failure {
  readonly class: string;
}
interface RunReport {
  readonly state: string;
  readonly head: string;
  readonly base: { readonly commit: string };
  readonly phases: readonly {
    readonly phaseId: string;
    readonly state: string;
    readonly attempts: number;
    readonly failure?: Failure;
  }[];
  readonly tokens: { readonly total: { readonly reported: number } };
}
interface PhaseReport {
  readonly attempts: readonly { readonly outcome: string | null; readonly failure?: Failure }[];
}
type Answer<T> = T & { readonly error?: { readonly code: string; readonly message: string } };

/** What a command prints under --json, whatever its exit code. */
async function autopack<T>(...args: readonly string[]): Promise<Answer<T>> {
  const call = promisify(execFile)(process.execPath, [program, ...args, "--json"], {
    cwd: plan.repository,
    maxBuffer: 1 << 26,
  });
  const { stdout, stderr } = await call.catch((error: { stdout: string; stderr: string }) => error);
  try {
    return JSON.parse(stdout) as Answer<T>;
  } catch {
    throw new Error(`autopack ${args.join(" ")} printed no JSON: ${stdout.slice(-500)}${stderr.slice(-500)}`);
  }
}

function planFile(): object {
  const phase = (one: NeutralPhase) => ({
    id: one.id,
    description: one.description,
    category: "backend",
    deliverables: one.deliverables.map((item) => ({
      ...item,
      ...(item.kind === "code" ? { kind: "source" } : {}),
    })),
    scope: { write: one.scope },
    acceptance: one.acceptance,
    depends_on: one.dependsOn,
    budget: one.budget,
    builder: {
      command: `BUILD_RESULT="$AUTOPACK_RESULT"; export BUILD_RESULT; ${one.builder}`,
      ...plan.reach,
    },
  });
  const tiers = Map.groupBy(plan.phases, ({ tier }) => tier);
  return {
    version: 1,
    run: { id: plan.id, goal: plan.goal, budget: plan.budget },
    setup: plan.setup,
    checks: Object.fromEntries(plan.checks.map(({ name, ...check }) => [name, check])),
    policy: { protect: plan.protect },
    tiers: [...tiers].map(([tier, phases]) => ({ id: `tier-${tier}`, phases: phases.map(phase) })),
  };
}

/** Waits and looks are short, so that the bench is; nothing else differs from the defaults. */
const configuration = {
  version: 1,
  sandbox: plan.isolation === "own" ? "required" : "off",
  readable: plan.reach.readable,
  limits: {
    max_parallel: plan.maxParallel,
    poll_seconds: 0.05,
    stop_grace_seconds: 0.5,
    transient_first_seconds: 0.3,
    store_wait_seconds: 2,
  },
};

async function carryOut(): Promise<void> {
  const known = resume ? await autopack<{ runs: readonly { runId: string }[] }>("status") : undefined;
  const runId = known?.runs?.[0]?.runId;
  if (runId) {
    await autopack("resume", runId, "--quiet");
    return;
  }
  mkdirSync(join(folder, "config", "autopack"), { recursive: true });
  writeFileSync(join(folder, "config", "autopack", "config.yaml"), JSON.stringify(configuration));
  writeFileSync(join(folder, "plan.yaml"), JSON.stringify(planFile(), null, 1));
  const { error } = await autopack("run", "../plan.yaml", "--keep-going", "--quiet");
  if (error) console.error(`${error.code}: ${error.message}`);
  if (error?.code === "plan-refused") return leave(refused());
}

/** A plan that is refused as a whole: no run, no attempt. */
const refused = (): NeutralResult => ({
  version: 1,
  run: "ended",
  phases: plan.phases.map(({ id }) => ({ id, state: "failed", cause: "policy", failures: [] })),
  head: null,
  places: [],
  spend: 0,
});

const states: Readonly<Record<string, NeutralResult["phases"][number]["state"]>> = {
  complete: "complete",
  skipped: "complete",
  failed: "failed",
  blocked: "blocked",
  gated: "waiting",
};
const ends = ["succeeded", "partial", "failed", "cancelled"];

async function resultOf(runId: string): Promise<NeutralResult> {
  const report = await autopack<RunReport>("report", runId);
  if (report.error) throw new Error(report.error.message);
  const phases: NeutralResult["phases"] = [];
  for (const { phaseId, state, attempts, failure } of report.phases) {
    const detail = attempts > 0 && (failure || attempts > 1);
    const tried = detail ? (await autopack<PhaseReport>("show", runId, phaseId)).attempts : [];
    const counted = tried.filter(({ outcome }) => outcome !== "interrupted");
    phases.push({
      id: phaseId,
      state: states[state] ?? "open",
      cause: failure?.class ?? null,
      failures: counted.flatMap((attempt, index) =>
        attempt.failure ? [{ attempt: index + 1, cause: attempt.failure.class }] : [],
      ),
    });
  }
  return {
    version: 1,
    run: ends.includes(report.state) ? "ended" : report.state === "waiting" ? "waiting" : "open",
    phases,
    head: report.head === report.base.commit ? null : report.head,
    places: ["repo/.git", "repo/.git/autopack/repo.git"],
    spend: report.tokens.total.reported,
  };
}

function leave(result: NeutralResult): void {
  writeFileSync(join(folder, "result.json"), JSON.stringify(result, null, 2));
  process.exit(0);
}

await carryOut();
const { runs } = await autopack<{ runs: readonly { runId: string }[] }>("status");
const last = runs?.[0]?.runId;
if (last === undefined) {
  console.error("there is no run");
  process.exit(1);
}
leave(await resultOf(last));
