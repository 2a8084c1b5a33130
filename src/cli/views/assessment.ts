import type {
  AssessedPhase,
  Assessment,
  Claim,
  DeliverableEvidence,
  MatrixRow,
  RootCauseGroup,
  VerdictName,
} from "../../domain/assessment.ts";
import type { Contradiction } from "../../domain/record.ts";

/** One phase of `assess --json`. `effortMinutes` is null where nothing is known to rest it on. */
export interface PhaseDocument {
  readonly runId: string;
  readonly phaseId: string;
  readonly name: string;
  readonly origin: string;
  /** Verbatim; null where the record holds none. */
  readonly recordedState: string | null;
  readonly verdict: VerdictName;
  readonly verdictDetail: string;
  /** 0 to 100; null where nothing was judged. */
  readonly confidence: number | null;
  readonly confidenceSetBy: string | null;
  readonly confidenceWouldChangeBy: string | null;
  readonly cause: AssessedPhase["cause"];
  readonly tokensSpent: number | null;
  readonly evidence: readonly DeliverableEvidence[];
  readonly ownTestsPass: boolean | null;
  readonly testsFirstPassAt: string | null;
  readonly claims: readonly Claim[];
  readonly recommendation: {
    readonly action: string;
    readonly effortMinutes: AssessedPhase["recommendation"]["effortMinutes"];
    readonly criticality: "low" | "medium" | "high";
    readonly criticalityWhy: string;
    readonly reason: string;
    readonly unblocks: readonly string[];
  };
}

/** `assess --json`: the same record, evidence and claims give the same bytes. */
export interface AssessmentDocument {
  readonly schemaVersion: 1;
  /** The commit assessed. */
  readonly revision: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly phases: readonly PhaseDocument[];
  readonly rootCauses: readonly RootCauseGroup[];
  readonly decisionMatrix: readonly ({ readonly of: "phase" | "run" } & MatrixRow)[];
  readonly contradictions: readonly Contradiction[];
  readonly unmatchedClaims: number;
}

export function assessmentDocument(assessment: Assessment): AssessmentDocument {
  const { revision, phases, rootCauses, decisionMatrix, contradictions, unmatchedClaims } = assessment;
  return {
    schemaVersion: 1,
    revision,
    counts: Object.fromEntries(countVerdicts(phases)),
    phases: phases.map(phaseDocument),
    rootCauses,
    decisionMatrix: [
      ...decisionMatrix.runs.map((row) => ({ of: "run" as const, ...row })),
      ...decisionMatrix.phases.map((row) => ({ of: "phase" as const, ...row })),
    ],
    contradictions,
    unmatchedClaims,
  };
}

function phaseDocument(phase: AssessedPhase): PhaseDocument {
  const { record, verdict, evidence, recommendation } = phase;
  const { criticality, ...recommended } = recommendation;
  return {
    runId: record.runId,
    phaseId: record.phaseId,
    name: record.name,
    origin: phase.origin,
    recordedState: record.recordedState,
    verdict: verdict.name,
    verdictDetail: verdict.detail,
    confidence: verdict.confidence,
    confidenceSetBy: verdict.setBy,
    confidenceWouldChangeBy: verdict.wouldChange,
    cause: phase.cause,
    tokensSpent: record.tokens.spent,
    evidence: evidence.deliverables,
    ownTestsPass: evidence.ownTestsPass,
    testsFirstPassAt: evidence.testsFirstPassAt,
    claims: phase.claims,
    recommendation: { ...recommended, criticality: criticality.level, criticalityWhy: criticality.why },
  };
}

/** How many phases have each verdict, in the order in which they are met. */
export function countVerdicts(phases: readonly AssessedPhase[]): Map<VerdictName, number> {
  const counts = new Map<VerdictName, number>();
  for (const { verdict } of phases) counts.set(verdict.name, (counts.get(verdict.name) ?? 0) + 1);
  return counts;
}

export const showVerdict = ({ name, detail }: { readonly name: string; readonly detail: string }): string =>
  detail === "" ? name : `${name} (${detail})`;

export const showEffort = (effort: MatrixRow["effortMinutes"]): string =>
  effort === null ? "unknown" : `${showMinutes(effort.low)} to ${showMinutes(effort.high)}`;

const showMinutes = (minutes: number): string =>
  minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 6) / 10} h`;

/** What contradicts itself, after whose record it is. */
export const showContradiction = ({ runId, phaseId, message }: Contradiction): string => {
  const subject = [runId, phaseId].filter((name) => name !== null).join("/");
  return subject === "" ? message : `${subject}: ${message}`;
};
