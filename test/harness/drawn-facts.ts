import type { Certificate, CheckResult, LogRef } from "../../src/domain/certificate.ts";
import type { Change } from "../../src/domain/change.ts";
import type { RunCreated } from "../../src/domain/events.ts";
import { type Failure, type FailureKind, factsOf, failureKinds } from "../../src/domain/failure.ts";
import type { PhaseState, RunState } from "../../src/domain/fold.ts";
import type { PhaseSpec, Plan } from "../../src/domain/plan.ts";
import { neverStuck, plainPolicy, sampleIsolation, samplePhase } from "./sample-run.ts";

/** Draws numbers below `n` from fast-check's list, so that histories shrink with it; 0 when it is used up. */
export type Draw = (n: number) => number;
export const nothing: Draw = () => 0;

/** The data of a `run-created` with `tiers[i]` phases in tier `i`, named `phase-<tier>-<index>`. */
export const exampleRun = (tiers: readonly number[]): RunCreated =>
  createdRun("example-0000", tiers, nothing);

export function createdRun(runId: string, tiers: readonly number[], draw: Draw): RunCreated {
  const plan = planOf(runId, tiers);
  const phases = plan.tiers.flatMap((tier) => tier.phases);
  return {
    planId: plan.id,
    goal: plan.goal,
    purpose: plan.purpose,
    planPath: "/plans/plan.yaml",
    planSha256: sha256(draw),
    plan,
    phaseHashes: Object.fromEntries(phases.map(({ id }) => [id, sha256(draw)])),
    builders: {
      scripted: {
        kind: "command",
        name: "scripted",
        argv: ["true"],
        env: [],
        reportsUsage: true,
        reach: { network: "full", readable: [], writable: [] },
      },
    },
    limits: {
      maxParallel: 2,
      checkMs: 60_000,
      setupMs: 60_000,
      stopGraceMs: 1_000,
      outputBytes: 100_000,
      memoryBytes: 1_000_000_000,
      processes: 100,
      changeFiles: 100,
      changeBytes: 100_000,
      fileBytes: 100_000,
      reportBytes: 1_000_000,
      coverageLines: 100_000,
      reportTests: 1_000,
      testReruns: 2,
      rerunTests: 20,
      conversationTokens: 250,
      transientFirstMs: 100,
      transientMaxMs: 1_000,
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
    protect: [".git/**"],
    base: { ref: "main", commit: gitId(draw), tree: gitId(draw) },
  };
}

function planOf(id: string, tiers: readonly number[]): Plan {
  return {
    version: 1,
    id,
    goal: "Größe prüfen \u{1f4e6}",
    purpose: "work",
    base: "main",
    budget: {},
    setup: [],
    carry: [],
    checks: [{ name: "test", argv: ["true"] }],
    policy: plainPolicy,
    tiers: tiers.map((count, tier) => ({
      id: `tier-${tier}`,
      name: `Tier ${tier}`,
      phases: Array.from({ length: count }, (_, index) => samplePhase(`phase-${tier}-${index}`)),
    })),
  };
}

export function changeOf(base: string, spec: PhaseSpec, draw: Draw): Change {
  const mode = { oldMode: "000000", newMode: "100644", oldBlob: "0".repeat(40), newBlob: gitId(draw) };
  const path = spec.deliverables[0]?.path ?? "src/a.ts";
  const files = [{ path, status: "added" as const, ...mode, bytes: draw(9_999) }];
  return { base, tree: gitId(draw), commit: gitId(draw), fileCount: 1, files };
}

export function checkOf(draw: Draw): CheckResult {
  const outcome =
    (["passed", "passed", "passed", "passed", "failed", "inconclusive"] as const)[draw(6)] ?? "passed";
  const exitCode = outcome === "inconclusive" ? null : outcome === "passed" ? 0 : 1;
  const when = { startedAt: "2026-11-23T20:00:00.000Z", durationMs: draw(9_999) };
  const subject = { name: "test", kind: "check", argv: ["true"], cwd: "." } as const;
  return { ...subject, outcome, exitCode, network: "full", ...when, log: logRef(draw), tail: "ok\n" };
}

export function certificateOf(state: RunState, phase: PhaseState, draw: Draw): Certificate {
  const attempt = phase.attempts.at(-1);
  const integration = attempt?.integration;
  return {
    version: 1,
    runId: state.runId,
    phaseId: phase.spec.id,
    attempt: attempt?.attempt ?? 1,
    tree: integration?.tree ?? gitId(draw),
    commit: integration?.commit ?? gitId(draw),
    onto: integration?.onto ?? state.head,
    checks: attempt?.verification?.checks ?? [],
    deliverables: phase.spec.deliverables.map(({ path }) => path),
    environment: {
      os: "linux",
      arch: "x64",
      node: "24",
      git: "2",
      autopack: "0",
      isolation: sampleIsolation,
    },
    environmentDigest: sha256(draw),
    startedAt: state.createdAt,
    endedAt: state.lastEventAt,
    ledgerHead: { seq: state.seq, hash: sha256(draw) },
  };
}

export function failureOf(draw: Draw): Failure {
  const kinds = Object.keys(failureKinds) as FailureKind[];
  const kind = kinds[draw(kinds.length)] ?? "check-failed";
  const fingerprint = `v1:${sha256(draw).slice(0, 16)}`;
  return { class: factsOf(kind).class, kind, message: `it failed: "${kind}"`, fingerprint, evidence: [] };
}

export function logRef(draw: Draw): LogRef {
  return { path: `logs/${draw(99)}.log`, sha256: sha256(draw), bytes: draw(9_999), truncated: false };
}

const hex = (draw: Draw, length: number): string =>
  draw(9_999).toString(16).padStart(4, "0").repeat(16).slice(0, length);
export const gitId = (draw: Draw): string => hex(draw, 40);
export const sha256 = (draw: Draw): string => hex(draw, 64);
