import type { AssessedPhase, Assessment, RecommendedAction } from "../../domain/assessment.ts";
import {
  type Disposition,
  type DispositionEvidence,
  type DispositionKind,
  isCurrent,
  subjectOf,
} from "../../domain/dispositions.ts";

/** A disposition that nobody has signed yet. */
export interface Proposal {
  readonly kind: DispositionKind;
  readonly runId: string;
  /** Null: the whole run. */
  readonly phaseId: string | null;
  readonly reason: string;
  /** Of the assessment that it rests on; null for a whole run. */
  readonly verdict: string | null;
}

/** What becomes of each recommendation; null: a person has to look first, or there is nothing to decide. */
export const dispositionOf: Readonly<Record<RecommendedAction, DispositionKind | null>> = {
  credit: "credit",
  finish: "retry",
  "retry-after-fix": "retry",
  retry: "retry",
  defer: "defer",
  preserve: "preserve",
  drop: "annotate",
  investigate: null,
};

/**
 * Dispositions for what is recommended, in the order of the assessment. What has been decided about already is left out,
 * but for mere notes; so is what is complete. A run kept as evidence is preserved as a whole.
 */
export function proposeDispositions(
  { phases }: Assessment,
  known: readonly Disposition[],
): { readonly proposals: readonly Proposal[]; readonly toInvestigate: readonly AssessedPhase[] } {
  const decided = new Set(known.filter((one) => isCurrent(one) && one.kind !== "annotate").map(subjectOf));
  const noted = new Set(known.filter((one) => isCurrent(one)).map(subjectOf));
  const proposals = new Map<string, Proposal>();
  const toInvestigate: AssessedPhase[] = [];
  for (const phase of phases) {
    const { record, verdict, recommendation } = phase;
    const { runId, phaseId } = record;
    const kind = dispositionOf[recommendation.action];
    const whole = kind === "preserve";
    const subject = { runId, phaseId: whole ? null : phaseId };
    const isDecided =
      decided.has(subjectOf(subject)) || (kind === "annotate" && noted.has(subjectOf(subject)));
    if (isDecided || verdict.name === "complete") continue;
    if (kind === null) toInvestigate.push(phase);
    else if (!proposals.has(subjectOf(subject)))
      proposals.set(subjectOf(subject), {
        ...subject,
        kind,
        reason: recommendation.reason,
        verdict: whole ? null : verdictOf(phase),
      });
  }
  return { proposals: [...proposals.values()], toInvestigate };
}

export const verdictOf = ({ verdict: { name, detail } }: AssessedPhase): string =>
  detail === "" ? name : `${name} (${detail})`;

/** What a disposition about a phase rests on. */
export const evidenceOf = (phase: AssessedPhase, revision: string): DispositionEvidence => ({
  revision,
  verdict: verdictOf(phase),
  confidence: phase.verdict.confidence,
  deliverables: phase.evidence.deliverables.map(
    ({ entry, now: { state, why } }) =>
      `${entry.slice(0, longestEntry)}: ${state}: ${why.slice(0, longestWhy)}`,
  ),
});

const longestEntry = 200;
const longestWhy = 300;
