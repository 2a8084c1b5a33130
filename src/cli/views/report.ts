import type { Approval } from "../../domain/certificate.ts";
import type { PassedOver } from "../../domain/chain.ts";
import type { Failure } from "../../domain/failure.ts";
import type { PhaseState, RunState } from "../../domain/fold.ts";
import type { AttemptState } from "../../domain/fold-attempt.ts";
import { isEvidence } from "../../domain/run.ts";
import { groupRootCauses } from "../../failures/root-causes.ts";
import { type StepTaken, stepsOf } from "./chain.ts";
import {
  allAttempts,
  type CertificateView,
  type Counts,
  countsOf,
  type Delivery,
  deliveryOf,
  type FailureView,
  isComplete,
  isOpen,
  type RootCause,
  rootCauseOf,
  type Spend,
  secondsOf,
  spendOf,
  type UnprovenClaim,
  unprovenClaims,
  viewCertificate,
  viewFailure,
} from "./run-facts.ts";
import { checkFactLines, inspectionLines, viewCheck } from "./verification.ts";

export interface ReportPhase {
  readonly phaseId: string;
  readonly name: string;
  readonly tier: string;
  readonly state: string;
  readonly attempts: number;
  readonly tokens: Spend;
  /** Why the phase ended so; for one that has not ended, the failure of its last attempt if it failed. */
  readonly failure?: FailureView;
  readonly because?: string;
  /** How it went on after each failure, and what was not done, and why. */
  readonly steps: readonly StepTaken[];
  readonly passedOver?: readonly PassedOver[];
  /** What waits for a person. */
  readonly reviews?: readonly string[];
  readonly approvals?: readonly Approval[];
  /** What the last round of checks found besides exit codes, a line each. */
  readonly found: readonly string[];
  readonly blockedBy?: string;
  readonly rootCause?: RootCause;
  readonly certificate?: CertificateView;
  /** The earlier run that certified the phase. */
  readonly certifiedIn?: string;
}

/** One missing or refusing thing that explains the failures of two phases or more. */
export interface SharedCause {
  /** `package`, `command`, `variable`, `host`, `provider` or `path`. */
  readonly attribute: string;
  readonly value: string;
  readonly phases: readonly string[];
  /** How many different failures it explains. */
  readonly fingerprints: number;
}

/** What came of a run, as far as its ledger goes. Times are ISO 8601; absent or null means that it has not come. */
export interface Report {
  readonly schemaVersion: 1;
  readonly runId: string;
  readonly planId: string;
  readonly goal: string;
  readonly purpose: string;
  /** A validation or baseline run: kept as evidence, counted in no metric of work. */
  readonly evidence: boolean;
  readonly continues?: string;
  readonly state: string;
  readonly reason?: string;
  readonly why?: string;
  readonly waiting?: NonNullable<RunState["waiting"]>;
  readonly base: { readonly ref: string; readonly commit: string };
  readonly head: string;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly seconds: number | null;
  readonly counts: Counts;
  readonly phases: readonly ReportPhase[];
  readonly rootCauses: readonly SharedCause[];
  readonly tokens: {
    readonly total: Spend;
    /** These three add up to the total. */
    readonly inCompletePhases: Spend;
    readonly inFailedPhases: Spend;
    readonly inUnfinishedPhases: Spend;
    /** A part of the total, wherever the phase ended. */
    readonly inAttemptsThatFailed: Spend;
    readonly inAttemptsCutOff: Spend;
  };
  readonly claimsNotProven: readonly UnprovenClaim[];
  readonly delivery: Delivery;
}

export function reportOf(state: RunState): Report {
  const { created } = state;
  return {
    schemaVersion: 1,
    runId: state.runId,
    planId: created.planId,
    goal: created.goal,
    purpose: created.purpose,
    evidence: isEvidence(created.purpose),
    ...(created.continues === undefined ? {} : { continues: created.continues }),
    state: state.state,
    ...(state.reason ? { reason: state.reason } : {}),
    ...(state.endedWhy === undefined ? {} : { why: state.endedWhy }),
    ...(state.waiting ? { waiting: state.waiting } : {}),
    base: { ref: created.base.ref, commit: created.base.commit },
    head: state.head,
    createdAt: state.createdAt,
    startedAt: state.startedAt ?? null,
    endedAt: state.endedAt ?? null,
    seconds: secondsOf(state),
    counts: countsOf(state),
    phases: state.phases.map((phase) => reportPhase(state, phase)),
    rootCauses: sharedCauses(state),
    tokens: tokensByOutcome(state),
    claimsNotProven: unprovenClaims(state),
    delivery: deliveryOf(state),
  };
}

const failureOf = (phase: PhaseState): Failure | undefined =>
  phase.failure ?? (isOpen(phase) ? phase.attempts.at(-1)?.failure : undefined);

function sharedCauses(state: RunState): SharedCause[] {
  const failures = state.phases.flatMap((phase) => {
    const failure = failureOf(phase);
    return failure ? [{ id: phase.spec.id, failure }] : [];
  });
  return groupRootCauses(failures).groups.map(({ attribute, value, members, fingerprints }) => ({
    attribute,
    value,
    phases: members.map(({ id }) => id),
    fingerprints,
  }));
}

function reportPhase(state: RunState, phase: PhaseState): ReportPhase {
  const failure = failureOf(phase);
  const rootCause = rootCauseOf(state, phase);
  const last = phase.attempts.at(-1);
  return {
    phaseId: phase.spec.id,
    name: phase.spec.name,
    tier: state.created.plan.tiers[phase.tier]?.name ?? "",
    state: phase.state,
    attempts: phase.attempts.length,
    tokens: spendOf(phase.attempts),
    ...(failure ? { failure: viewFailure(state, phase.spec.id, failure) } : {}),
    ...(phase.because === undefined ? {} : { because: phase.because }),
    steps: stepsOf(phase),
    ...(phase.passedOver ? { passedOver: phase.passedOver } : {}),
    ...(last?.gated ? { reviews: last.gated.reviews.map(({ message }) => message) } : {}),
    ...(last?.approvals ? { approvals: last.approvals } : {}),
    found: foundIn(last),
    ...(phase.blockedBy === undefined ? {} : { blockedBy: phase.blockedBy }),
    ...(rootCause ? { rootCause } : {}),
    ...(phase.certificate ? { certificate: viewCertificate(phase.certificate) } : {}),
    ...(phase.certifiedIn === undefined ? {} : { certifiedIn: phase.certifiedIn }),
  };
}

function foundIn(attempt: AttemptState | undefined): string[] {
  const { checks = [], inspection } = attempt?.verification ?? {};
  return [
    ...(inspection ? inspectionLines(inspection) : []),
    ...checks.flatMap((check) => checkFactLines(viewCheck(check)).map((line) => `${check.name}: ${line}`)),
  ];
}

function tokensByOutcome(state: RunState): Report["tokens"] {
  const inPhases = (matches: (phase: PhaseState) => boolean) =>
    spendOf(state.phases.filter(matches).flatMap((phase) => phase.attempts));
  const attempts = allAttempts(state);
  return {
    total: spendOf(attempts),
    inCompletePhases: inPhases(isComplete),
    inFailedPhases: inPhases((phase) => phase.state === "failed" || phase.state === "blocked"),
    inUnfinishedPhases: inPhases(isOpen),
    inAttemptsThatFailed: spendOf(attempts.filter((attempt) => attempt.outcome === "failed")),
    inAttemptsCutOff: spendOf(attempts.filter((attempt) => attempt.outcome === "interrupted")),
  };
}
