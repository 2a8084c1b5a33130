import {
  attributions,
  type DeliverableEvidence,
  type Judgement,
  type PhaseEvidence,
  type StrengthBasis,
  strengths,
  type VerdictName,
} from "../domain/assessment.ts";
import type { PhaseRecord } from "../domain/record.ts";

export interface Confidence {
  /** 0 to 100; null where nothing was judged, or where the verdict does not rest on deliverables. */
  readonly confidence: number | null;
  readonly setBy: string | null;
  readonly wouldChange: string | null;
}

interface Entry {
  readonly name: string;
  readonly strength: number;
  readonly basis: StrengthBasis;
}

const positive: ReadonlySet<VerdictName> = new Set(["complete", "delivered"]);
const negative: ReadonlySet<VerdictName> = new Set(["false-complete", "contradicted", "not-delivered"]);
/** Without a certificate nothing positive is surer than this. */
const uncertified = 75;
/** Where it is uncertain when the phase began, nothing is surer than this. */
const uncertainBeginning = 60;

/**
 * How sure a verdict is, and the entry that decides it. Positive verdicts are as strong as their weakest entry, negative
 * ones as their strongest denial, `partial` as the weaker of both; what could not be judged, and work that is not the
 * phase's own, takes from a positive one.
 */
export function rateConfidence(
  verdict: VerdictName,
  phase: Pick<PhaseRecord, "recorded" | "certificate" | "beginning">,
  evidence: PhaseEvidence,
): Confidence {
  const certified = phase.certificate !== null && phase.recorded === "complete";
  if (certified && verdict === "complete")
    return { confidence: strengths.certificate, setBy: "its certificate", wouldChange: changes.certificate };
  // A phase recorded complete is judged as it was recorded, any other as it stands.
  const at = (item: DeliverableEvidence): Judgement =>
    phase.recorded === "complete" ? item.asRecorded : item.now;
  const all = evidence.deliverables;
  const judged = all.filter((item) => at(item).state !== "unjudged");
  const share = all.length === 0 ? 0 : judged.length / all.length;
  const pro = judged.flatMap((item) => supportOf(item, at(item), evidence.ownTestsPass === true, share));
  const contra = judged.flatMap((item) => denialOf(item, at(item)));
  const entry = decidingEntry(verdict, pro, contra);
  if (!entry) return { confidence: null, setBy: null, wouldChange: null };
  const cap = Math.min(
    positive.has(verdict) ? uncertified : 100,
    phase.beginning?.certain === true ? 100 : uncertainBeginning,
  );
  return {
    confidence: Math.round(Math.min(entry.strength, cap)),
    setBy: entry.name,
    wouldChange: changes[entry.basis],
  };
}

function supportOf(
  item: DeliverableEvidence,
  judgement: Judgement,
  testsPass: boolean,
  share: number,
): Entry[] {
  if (judgement.state !== "ok" || judgement.basis === null) return [];
  const factor = judgement.attribution === null ? 1 : attributions[judgement.attribution];
  const raised = testsPass && strengths["tests-pass"] > strengths[judgement.basis];
  const basis = raised ? "tests-pass" : judgement.basis;
  return [{ name: nameOf(item), basis, strength: strengths[basis] * share * factor }];
}

function denialOf(item: DeliverableEvidence, judgement: Judgement): Entry[] {
  if (judgement.state !== "denied" || judgement.basis === null) return [];
  return [{ name: nameOf(item), basis: judgement.basis, strength: strengths[judgement.basis] }];
}

const nameOf = (item: DeliverableEvidence): string => item.path ?? item.entry;

function decidingEntry(
  verdict: VerdictName,
  pro: readonly Entry[],
  contra: readonly Entry[],
): Entry | undefined {
  if (positive.has(verdict)) return weakest(pro);
  if (negative.has(verdict)) return strongest(contra);
  if (verdict === "partial") return weakest([weakest(pro), strongest(contra)].filter((one) => !!one));
  return undefined;
}

const weakest = (entries: readonly Entry[]): Entry | undefined =>
  entries.reduce<Entry | undefined>(
    (low, one) => (low && low.strength <= one.strength ? low : one),
    undefined,
  );
const strongest = (entries: readonly Entry[]): Entry | undefined =>
  entries.reduce<Entry | undefined>(
    (high, one) => (high && high.strength >= one.strength ? high : one),
    undefined,
  );

/** What would change a confidence that rests on this. */
const changes: Record<StrengthBasis, string> = {
  certificate: "a certificate that no longer verifies (`autopack report --verify`)",
  "tests-pass": "a certificate, from a run that verifies it",
  "symbol-reachable": "its own tests, run with `--run-tests`",
  "symbol-unreachable": "code that uses it, or its own tests, run with `--run-tests`",
  created: "a statement of what the file must hold, or tests of its own",
  document: "a statement of what the document must hold",
  absent: "a commit that brings it",
  hollow: "a commit that fills it",
  "absent-ignored": "the file itself: git ignores its path, so it may be there uncommitted",
  "absent-shallow": "the whole history (`git fetch --unshallow`)",
  "untouched-edit": "a commit that changes it",
  "named-missing": "a commit that brings what the phase names",
};
