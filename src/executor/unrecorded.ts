import type { RunCreated } from "../domain/events.ts";
import { applyRunEvent } from "../domain/fold.ts";
import type { Plan } from "../domain/plan.ts";
import type { ExecutorDeps } from "./deps.ts";
import type { Journal } from "./journal.ts";
import { type AttemptContext, createShared } from "./step.ts";

/** Far more than any check takes: what ends one is its own limit. */
const minutes = 31 * 1440;
const phaseId = "checks";

/** What commands are run with, outside of any run. */
export interface LooseWork
  extends Pick<Plan, "setup" | "carry" | "checks">,
    Pick<RunCreated, "limits" | "readable"> {
  /** Names workspaces and logs. */
  readonly runId: string;
  readonly commit: string;
  readonly tree: string;
}

/** The context that an attempt's steps want, for commands that belong to no run: nothing of it is in the ledger. */
export function createUnrecorded(deps: ExecutorDeps, work: LooseWork, stop: AbortSignal): AttemptContext {
  const plan: Plan = {
    version: 1,
    id: work.runId,
    goal: "",
    purpose: "validation",
    base: work.commit,
    budget: {},
    setup: work.setup,
    carry: work.carry,
    checks: work.checks,
    policy: {
      protect: [],
      grants: [],
      coverage: { unmeasured: "allow" },
      tests: { flaky: "allow", removed: "allow" },
      tampering: { allow: [] },
    },
    tiers: [
      {
        id: "all",
        name: "all",
        phases: [
          {
            id: phaseId,
            name: phaseId,
            description: "",
            category: "testing",
            complexity: "low",
            deliverables: [],
            scope: { write: [], read: [] },
            acceptance: [],
            budget: { attempts: 1, minutes },
            builder: { kind: "named", name: "none" },
            dependsOn: [],
          },
        ],
      },
    ],
  };
  const created: RunCreated = {
    planId: plan.id,
    goal: plan.goal,
    purpose: plan.purpose,
    planPath: "",
    planSha256: "",
    plan,
    phaseHashes: {},
    builders: {},
    limits: work.limits,
    readable: work.readable,
    protect: [],
    base: { ref: work.commit, commit: work.commit, tree: work.tree },
  };
  return {
    deps,
    journal: silentJournal(deps, work.runId, created),
    phaseId,
    attempt: 1,
    shared: createShared(),
    stop,
  };
}

function silentJournal({ platform }: ExecutorDeps, runId: string, created: RunCreated): Journal {
  const at = platform.clock.now().toISOString();
  const folded = applyRunEvent(runId, undefined, { type: "run-created", data: created, seq: 1, at });
  if (!folded.ok) throw new Error(folded.error.message);
  return {
    runId,
    state: folded.value,
    head: { seq: 0, hash: "" },
    fence: 0,
    lost: new AbortController().signal,
    append: async () => folded.value,
    beat: async () => undefined,
    close: async () => undefined,
  };
}
