import type { CheckResult } from "../../domain/certificate.ts";
import type { ChangeStatus } from "../../domain/change.ts";
import type { RunState } from "../../domain/fold.ts";
import { type AttemptState, countedTokens } from "../../domain/fold-attempt.ts";
import { showArgv } from "../../domain/plan.ts";
import { rootCauseOf, spendOf, viewCertificate, viewFailure } from "./run-facts.ts";
import { viewCheck } from "./verification.ts";

/** Everything known of a phase, for `show --json`; undefined when the run has no such phase. */
export function phaseDetail(state: RunState, phaseId: string) {
  const phase = state.phases.find((candidate) => candidate.spec.id === phaseId);
  if (!phase) return undefined;
  const rootCause = rootCauseOf(state, phase);
  return {
    schemaVersion: 1 as const,
    runId: state.runId,
    phaseId,
    name: phase.spec.name,
    description: phase.spec.description,
    state: phase.state,
    dependsOn: phase.spec.dependsOn,
    attemptLimit: phase.spec.budget.attempts,
    tokens: spendOf(phase.attempts),
    startedAt: phase.startedAt ?? null,
    endedAt: phase.endedAt ?? null,
    ...(phase.notBefore === undefined ? {} : { notBefore: phase.notBefore }),
    attempts: phase.attempts.map((attempt) => attemptDetail(state, phaseId, attempt)),
    ...(phase.failure ? { failure: viewFailure(state, phaseId, phase.failure) } : {}),
    ...(phase.because === undefined ? {} : { because: phase.because }),
    ...(phase.passedOver ? { passedOver: phase.passedOver } : {}),
    ...(phase.retries ? { retries: phase.retries } : {}),
    ...(phase.blockedBy === undefined ? {} : { blockedBy: phase.blockedBy }),
    ...(rootCause ? { rootCause } : {}),
    ...(phase.certificate ? { certificate: viewCertificate(phase.certificate) } : {}),
    ...(phase.certifiedIn === undefined ? {} : { certifiedIn: phase.certifiedIn }),
  };
}
export type PhaseDetail = NonNullable<ReturnType<typeof phaseDetail>>;
export type AttemptDetail = PhaseDetail["attempts"][number];

const letters: Record<ChangeStatus, string> = {
  added: "A",
  modified: "M",
  deleted: "D",
  "type-changed": "T",
};

function attemptDetail(state: RunState, phaseId: string, attempt: AttemptState) {
  const { build, change, verification } = attempt;
  return {
    attempt: attempt.attempt,
    /** null while the attempt is under way. */
    outcome: attempt.outcome ?? null,
    base: attempt.base,
    builder: attempt.builder,
    ...(attempt.chosen ? { chosen: attempt.chosen } : {}),
    ...(attempt.part ? { part: attempt.part } : {}),
    ...(attempt.room === undefined ? {} : { room: attempt.room }),
    /** Tokens that were set aside for it, and that it counts as against budgets. */
    ...(attempt.reserved === undefined ? {} : { reserved: attempt.reserved }),
    counted: countedTokens(attempt),
    startedAt: attempt.startedAt,
    endedAt: attempt.endedAt ?? null,
    claim: build?.claim ?? null,
    /** What was observed, in one sentence: to be held against the claim. */
    found: foundOf(attempt),
    build: build
      ? {
          exitCode: build.exitCode,
          durationMs: build.durationMs,
          tokens: build.tokens,
          log: build.log?.path ?? null,
          ...(build.failure ? { failure: viewFailure(state, phaseId, build.failure) } : {}),
        }
      : null,
    change: change
      ? {
          tree: change.tree,
          commit: change.commit,
          fileCount: change.fileCount,
          /** A, M, D or T as git has it; at most the first 200 by path. */
          files: change.files.map((file) => ({ path: file.path, status: letters[file.status] ?? "?" })),
        }
      : null,
    violations: attempt.violations ?? null,
    grantsUsed: attempt.grantsUsed ?? [],
    verification: verification
      ? {
          round: verification.round,
          tree: verification.tree,
          onto: verification.onto,
          decision: verification.decision ?? null,
          reasons: verification.reasons ?? [],
          ...(verification.inspection ? { inspection: verification.inspection } : {}),
          checks: verification.checks.map(checkDetail),
        }
      : null,
    /** What waits for a person now, and what a person accepted. */
    reviews: attempt.gated?.reviews ?? [],
    approvals: attempt.approvals ?? [],
    ...(attempt.failure ? { failure: viewFailure(state, phaseId, attempt.failure) } : {}),
    ...(attempt.interruption ? { interruption: attempt.interruption } : {}),
  };
}

const checkDetail = (check: CheckResult) => ({
  name: check.name,
  kind: check.kind,
  command: showArgv(check.argv),
  outcome: check.outcome,
  exitCode: check.exitCode,
  ...(check.why === undefined ? {} : { why: check.why }),
  durationMs: check.durationMs,
  log: check.log.path,
  logTruncated: check.log.truncated,
  ...(check.cache ? { cache: check.cache } : {}),
  ...viewCheck(check),
});

function foundOf(attempt: AttemptState): string {
  if (attempt.outcome === "passed")
    return attempt.approvals
      ? "proven, with what a person accepted"
      : "proven: every check passed on the resulting tree";
  if (attempt.outcome === "continued") return "its part is built; what is proven is the whole";
  if (attempt.gated) return "not proven yet: a person has to decide";
  if (attempt.failure) return attempt.failure.message;
  if (attempt.interruption) return `nothing is known, the attempt was cut off: ${attempt.interruption.why}`;
  return "not judged yet";
}
