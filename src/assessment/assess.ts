import type { AssessedPhase, Assessment, Claim, PhaseEvidence } from "../domain/assessment.ts";
import type { PhaseRecord, RunRecord } from "../domain/record.ts";
import { assessCause } from "./cause.ts";
import { decideVerdict } from "./decide-verdict.ts";
import { rowOfPhase, rowOfRun } from "./decision-matrix.ts";
import { findDependants } from "./dependants.ts";
import { createEffortEstimator, type EffortEstimator } from "./estimate-effort.ts";
import { rateConfidence } from "./rate-confidence.ts";
import { recommend } from "./recommend.ts";
import { groupByCause } from "./root-causes.ts";
import { findSuperseding, judgedPaths, nameOfPhase } from "./same-work.ts";

export interface AssessmentInput {
  /** The commit assessed. */
  readonly revision: string;
  /** In the order of time. */
  readonly runs: readonly RunRecord[];
  /** By `RUN/PHASE`. */
  readonly evidence: ReadonlyMap<string, PhaseEvidence>;
  readonly claims: readonly Claim[];
  readonly unmatchedClaims: number;
}

/** What the evidence says of every phase of every run: pure, so the same input gives the same assessment. */
export function assess(input: AssessmentInput): Assessment {
  const evidenceOf = (phase: PhaseRecord): PhaseEvidence =>
    input.evidence.get(nameOfPhase(phase)) ?? noEvidence(phase);
  const works = input.runs
    .flatMap((run) =>
      run.phases.map((phase) => ({ phase, since: (phase.beginning ?? run.createdAt)?.at ?? "" })),
    )
    .sort((a, b) => compareText(a.since, b.since))
    .map(({ phase }) => ({ phase, paths: judgedPaths(evidenceOf(phase).deliverables) }));
  const superseding = findSuperseding(works);
  const claimsOn = indexClaims(input.claims);
  const estimate = createEffortEstimator(input.runs);

  const byRun = input.runs.map((run) => {
    const dependants = findDependants(run);
    return run.phases.map((phase) =>
      assessPhase(run, phase, {
        evidence: evidenceOf(phase),
        claims: claimsOn(phase, evidenceOf(phase)),
        supersededBy: superseding.get(nameOfPhase(phase)) ?? null,
        dependants: dependants.get(nameOfPhase(phase)) ?? [],
        estimate,
      }),
    );
  });
  const phases = byRun.flat();
  return {
    revision: input.revision,
    phases,
    rootCauses: groupByCause(phases),
    decisionMatrix: {
      phases: phases.map(rowOfPhase),
      runs: input.runs.map((run, index) => rowOfRun(run, byRun[index] ?? [])),
    },
    contradictions: input.runs.flatMap(({ contradictions }) => contradictions),
    unmatchedClaims: input.unmatchedClaims,
  };
}

interface Known {
  readonly evidence: PhaseEvidence;
  readonly claims: readonly Claim[];
  readonly supersededBy: string | null;
  readonly dependants: readonly PhaseRecord[];
  readonly estimate: EffortEstimator;
}

function assessPhase(run: RunRecord, phase: PhaseRecord, known: Known): AssessedPhase {
  const { evidence, claims, supersededBy } = known;
  const verdict = decideVerdict({
    phase,
    purpose: run.purpose,
    deliverables: evidence.deliverables,
    claims,
    denyingDocuments: denyingDocuments(claims, evidence),
    supersededBy,
  });
  const cause = assessCause(phase, verdict.name);
  return {
    record: phase,
    origin: run.origin,
    verdict: { ...verdict, ...rateConfidence(verdict.name, phase, evidence) },
    cause,
    evidence,
    claims,
    recommendation: recommend({ ...known, phase, verdict, cause }),
  };
}

const noEvidence = ({ runId, phaseId }: PhaseRecord): PhaseEvidence => ({
  runId,
  phaseId,
  deliverables: [],
  ownTestsPass: null,
  testsFirstPassAt: null,
});

/** Own documents that claim paths of this phase, which are denied. */
function denyingDocuments(claims: readonly Claim[], { deliverables }: PhaseEvidence): string[] {
  const denied = new Set(
    deliverables.flatMap(({ path, now }) => (now.state === "denied" && path ? [path] : [])),
  );
  return deliverables.flatMap(({ entry, path }) =>
    path !== null &&
    claims.some(
      ({ says, by, place, subject }) =>
        says === "done" &&
        by === "document" &&
        place.startsWith(`${path}:`) &&
        (subject.kind !== "path" || (subject.path !== path && denied.has(subject.path))) &&
        denied.size > 0,
    )
      ? [entry]
      : [],
  );
}

/** The claims on a phase: on itself, on its run, and on paths that it delivers. */
function indexClaims(claims: readonly Claim[]) {
  const bySubject = new Map<string, Claim[]>();
  for (const claim of claims) {
    const key = keyOfSubject(claim.subject);
    bySubject.set(key, [...(bySubject.get(key) ?? []), claim]);
  }
  return (phase: PhaseRecord, evidence: PhaseEvidence): Claim[] => {
    const paths = evidence.deliverables.flatMap(({ path }) => path ?? []);
    const subjects: Claim["subject"][] = [
      { kind: "run", runId: phase.runId },
      { kind: "phase", runId: phase.runId, phaseId: phase.phaseId },
      ...paths.map((path) => ({ kind: "path" as const, path })),
    ];
    return subjects
      .flatMap((subject) => bySubject.get(keyOfSubject(subject)) ?? [])
      .filter(
        // A document that is itself a deliverable satisfies its own entry only.
        (claim) => !(claim.by === "document" && paths.some((path) => isSelfPraise(claim, path))),
      );
  };
}

const isSelfPraise = ({ subject, place }: Claim, path: string): boolean =>
  subject.kind === "path" && subject.path === path && place.startsWith(`${path}:`);

const keyOfSubject = (subject: Claim["subject"]): string => JSON.stringify(subject);
const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
