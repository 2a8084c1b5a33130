import type { Certificate, CheckResult } from "../../src/domain/certificate.ts";
import type { ChangedFile, Violation } from "../../src/domain/change.ts";
import type {
  BuilderTraits,
  PinnedBuilder,
  PinnedCommand,
  RunCreated,
  RunEvent,
  Stored,
} from "../../src/domain/events.ts";
import type { Failure } from "../../src/domain/failure.ts";
import { foldRun, type RunState } from "../../src/domain/fold.ts";
import type { AttemptState } from "../../src/domain/fold-attempt.ts";
import type { Isolation } from "../../src/domain/isolation.ts";
import { type Deliverable, type PhaseSpec, type Plan, phasesOf } from "../../src/domain/plan.ts";

/** What a plan asks for that says nothing of its policy. */
export const plainPolicy: Plan["policy"] = {
  protect: [],
  grants: [],
  coverage: { unmeasured: "review" },
  tests: { flaky: "allow" },
  tampering: { allow: [] },
};

/** No builder of a sample is ended for being stuck. */
export const neverStuck: RunCreated["limits"]["stuck"] = {
  sampleMs: 5000,
  entries: 50_000,
  silentMs: 0,
  idleMs: 0,
  repeatMs: 60_000,
  repeats: 0,
  alternations: 0,
  tokens: 0,
};

export const sampleBuilder = (over: Partial<PinnedCommand> & BuilderTraits = {}): PinnedBuilder => ({
  kind: "command",
  name: "claude",
  argv: ["claude"],
  env: [],
  reportsUsage: true,
  reach: { network: "full", readable: [], writable: [] },
  ...over,
});

const sampleHash = (digit: string): string => digit.repeat(40);

export const sampleDeliverable = (path: string): Deliverable => ({ path, change: "any", mustContain: [] });

export function samplePhase(id: string, over: Partial<PhaseSpec> = {}): PhaseSpec {
  return {
    id,
    name: `Phase ${id}`,
    description: `Do ${id}.`,
    category: "backend",
    complexity: "low",
    deliverables: [sampleDeliverable(`src/${id}.ts`)],
    scope: { write: [`src/${id}.ts`], read: [] },
    acceptance: [],
    budget: { attempts: 3, minutes: 20 },
    builder: { kind: "named", name: "claude" },
    dependsOn: [],
    ...over,
  };
}

export function samplePlan(phases: readonly PhaseSpec[], over: Partial<Plan> = {}): Plan {
  return {
    version: 1,
    id: "sample",
    goal: "Full-text search over notes",
    purpose: "work",
    base: "main",
    budget: {},
    setup: [],
    carry: [],
    checks: [{ name: "test", argv: ["sh", "-c", "npm test"] }],
    policy: plainPolicy,
    tiers: [{ id: "core", name: "Core", phases }],
    ...over,
  };
}

export function sampleCheck(over: Partial<CheckResult> = {}): CheckResult {
  return {
    name: "test",
    kind: "check",
    argv: ["sh", "-c", "npm test"],
    cwd: ".",
    outcome: "passed",
    exitCode: 0,
    network: "loopback",
    startedAt: "2026-11-02T12:00:00.000Z",
    durationMs: 3000,
    log: { path: "logs/test.log", sha256: "0".repeat(64), bytes: 10, truncated: false },
    tail: "ok",
    ...over,
  };
}

export function sampleFailure(over: Partial<Failure> = {}): Failure {
  return {
    class: "quality",
    kind: "check-failed",
    message: "check test exited with 1",
    fingerprint: "v1:0123456789abcdef",
    evidence: [{ label: "check", detail: "npm test" }],
    ...over,
  };
}

export interface AttemptScript {
  /** What the attempt began with, besides what every one has. */
  readonly started?: Partial<Pick<AttemptState, "builder" | "chosen" | "room" | "reserved" | "part">>;
  /** null: the builder reports none. Default 1000. */
  readonly tokens?: number | null;
  readonly claim?: string | null;
  readonly files?: readonly Pick<ChangedFile, "path" | "status">[];
  readonly violations?: readonly Violation[];
  readonly check?: Partial<CheckResult>;
}

export const sampleIsolation: Isolation = {
  sandbox: null,
  why: "bubblewrap is not installed",
  files: "not limited",
  processes: "group and mark",
  limits: "sampled",
  memoryBytes: 1_000_000_000,
  processCount: 100,
  builder: { network: "full", readable: [], writable: [] },
  readable: [],
};

/**
 * A run's events, written step by step and legal by construction: `state()` folds them and throws when the domain
 * refuses one. Every event is one second after the one before it, from 2026-11-02T12:00:00Z on.
 */
export class SampleRun {
  readonly runId: string;
  readonly events: Stored<RunEvent>[] = [];
  #commits = 0;

  constructor(plan: Plan, over: Partial<RunCreated> & { runId?: string } = {}) {
    const { runId = "sample-1", ...created } = over;
    this.runId = runId;
    this.append({
      type: "run-created",
      data: {
        planId: plan.id,
        goal: plan.goal,
        purpose: plan.purpose,
        planPath: "plan.yaml",
        planSha256: "0".repeat(64),
        plan,
        phaseHashes: {},
        builders: Object.fromEntries(phasesOf(plan).map(({ phase }) => [phase.id, sampleBuilder()])),
        limits: {
          maxParallel: 2,
          checkMs: 600_000,
          setupMs: 600_000,
          stopGraceMs: 10_000,
          outputBytes: 1_000_000,
          memoryBytes: 1_000_000_000,
          processes: 100,
          changeFiles: 500,
          changeBytes: 5_000_000,
          fileBytes: 1_000_000,
          reportBytes: 1_000_000,
          coverageLines: 100_000,
          reportTests: 1_000,
          testReruns: 2,
          rerunTests: 20,
          conversationTokens: 5000,
          transientFirstMs: 1000,
          transientMaxMs: 60_000,
          providerWaitMs: 31 * 86_400_000,
          turnMs: 5000,
          probeAfter: 3,
          probeMs: 10_000,
          callTokens: 200_000,
          overrunFactor: 1.1,
          roomFactor: 2,
          stuck: neverStuck,
        },
        readable: [],
        protect: [],
        base: { ref: "main", commit: sampleHash("b"), tree: sampleHash("c") },
        ...created,
      },
    });
    this.append({ type: "run-started", data: { resumed: false, host: "host", pid: 1 } });
  }

  append(event: RunEvent): this {
    const seq = this.events.length + 1;
    const at = new Date(Date.parse("2026-11-02T12:00:00.000Z") + (seq - 1) * 1000).toISOString();
    const hashes = { prevHash: String(seq - 1), hash: String(seq) };
    this.events.push({ stream: `run/${this.runId}`, seq, at, actor: "executor", ...event, ...hashes });
    return this;
  }

  state(): RunState {
    const folded = foldRun(this.runId, this.events as unknown as Parameters<typeof foldRun>[1]);
    if (!folded.ok) throw new Error(folded.error.message);
    return folded.value;
  }

  #attemptsOf(phaseId: string): number {
    return this.events.filter(
      (event) => event.type === "attempt-started" && (event.data as { phaseId: string }).phaseId === phaseId,
    ).length;
  }

  /** Starts an attempt whose builder is at work. */
  build(phaseId: string, started: AttemptScript["started"] = {}): number {
    const attempt = this.#attemptsOf(phaseId) + 1;
    const base = this.state().head;
    const data = { phaseId, attempt, base, builder: "claude", ...started };
    this.append({ type: "attempt-started", data });
    this.append({ type: "build-started", data: { phaseId, attempt, promptSha256: "0".repeat(64) } });
    return attempt;
  }

  /** An attempt up to its judged change. */
  change(phaseId: string, script: AttemptScript = {}): number {
    const attempt = this.build(phaseId, script.started);
    const { tokens = 1000, claim = null, violations = [] } = script;
    const files = script.files ?? [{ path: `src/${phaseId}.ts`, status: "added" as const }];
    const log = { path: `logs/${phaseId}-builder.log`, sha256: "0".repeat(64), bytes: 10, truncated: false };
    const [base, tree, commit] = [this.state().head, sampleHash("7"), sampleHash("8")];
    const build = { exitCode: 0, durationMs: 12_000, tokens, claim, log };
    this.append({ type: "build-ended", data: { phaseId, attempt, build } });
    const blobs = { oldMode: "000000", newMode: "100644", oldBlob: "", newBlob: "", bytes: 10 };
    const change = {
      base,
      tree,
      commit,
      fileCount: files.length,
      files: files.map((file) => ({ ...file, ...blobs })),
    };
    this.append({ type: "change-read", data: { phaseId, attempt, change } });
    this.append({ type: "change-assessed", data: { phaseId, attempt, violations, grantsUsed: [] } });
    return attempt;
  }

  /** An attempt up to its decided gate. */
  verify(phaseId: string, script: AttemptScript = {}): number {
    const attempt = this.change(phaseId, script);
    const onto = this.state().head;
    const [tree, round] = [sampleHash("7"), 1] as const;
    const result = sampleCheck(script.check);
    const passed = result.outcome === "passed";
    const decision = passed ? "pass" : result.outcome === "failed" ? "block" : "inconclusive";
    const reasons = passed ? [] : [`check ${result.name} ${result.outcome}`];
    this.append({ type: "verification-started", data: { phaseId, attempt, round, tree, onto } });
    this.append({ type: "check-ended", data: { phaseId, attempt, round, result } });
    this.append({ type: "gate-decided", data: { phaseId, attempt, round, decision, reasons } });
    return attempt;
  }

  /** Ends the builder at work, and the attempt with it: it failed, or is interrupted. */
  endBuild(phaseId: string, tokens: number | null, fails: boolean): this {
    const attempt = this.#attemptsOf(phaseId);
    if (!fails)
      return this.append({
        type: "attempt-interrupted",
        data: { phaseId, attempt, cause: "stopped", why: "stopped", tokens },
      });
    const build = { exitCode: 1, durationMs: 1, tokens, claim: null, log: null };
    this.append({ type: "build-ended", data: { phaseId, attempt, build } });
    const failure = sampleFailure({ class: "builder", kind: "builder-failed" });
    return this.append({ type: "attempt-failed", data: { phaseId, attempt, failure, tree: null } });
  }

  complete(phaseId: string, script: AttemptScript = {}): this {
    const attempt = this.verify(phaseId, script);
    const onto = this.state().head;
    const ledgerHead = { seq: 1, hash: "1" };
    this.#commits += 1;
    const [tree, commit] = [sampleHash("7"), String(this.#commits).padStart(40, "d")];
    this.append({
      type: "integration-started",
      data: { phaseId, attempt, commit, tree, onto, ledgerHead },
    });
    const certificate = this.certificate(phaseId, {
      attempt,
      tree,
      commit,
      onto,
      checks: [sampleCheck(script.check)],
    });
    return this.append({ type: "phase-completed", data: { phaseId, attempt, certificate } });
  }

  certificate(phaseId: string, over: Partial<Certificate> = {}): Certificate {
    return {
      version: 1,
      runId: this.runId,
      phaseId,
      attempt: 1,
      tree: sampleHash("7"),
      commit: sampleHash("d"),
      onto: sampleHash("b"),
      checks: [sampleCheck()],
      deliverables: [`src/${phaseId}.ts`],
      environment: {
        os: "linux",
        arch: "x64",
        node: "24",
        git: "2.39",
        autopack: "0.1.0",
        isolation: sampleIsolation,
      },
      environmentDigest: "e".repeat(64),
      startedAt: "2026-11-02T12:00:00.000Z",
      endedAt: "2026-11-02T12:00:10.000Z",
      ledgerHead: { seq: 1, hash: "1" },
      ...over,
    };
  }

  /** An attempt whose check failed. */
  failAttempt(phaseId: string, failure: Failure = sampleFailure(), script: AttemptScript = {}): this {
    const attempt = this.verify(phaseId, { check: { outcome: "failed", exitCode: 1 }, ...script });
    return this.append({
      type: "attempt-failed",
      data: { phaseId, attempt, failure, tree: sampleHash("7") },
    });
  }

  failPhase(phaseId: string, failure: Failure = sampleFailure(), because = "the attempt limit is reached") {
    return this.append({ type: "phase-failed", data: { phaseId, failure, because } });
  }

  block(phaseId: string, by: string, cause = `${by} failed`): this {
    return this.append({ type: "phase-blocked", data: { phaseId, by, cause } });
  }

  end(state: RunState["state"], why: string, reason?: NonNullable<RunState["reason"]>): this {
    return this.append({ type: "run-ended", data: { state, why, ...(reason ? { reason } : {}) } });
  }
}
