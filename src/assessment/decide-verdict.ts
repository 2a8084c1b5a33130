import type { Claim, DeliverableEvidence, VerdictName } from "../domain/assessment.ts";
import type { PhaseRecord, RunRecord } from "../domain/record.ts";

/** All that a verdict depends on. */
export interface VerdictInput {
  readonly phase: Pick<PhaseRecord, "recorded" | "certificate">;
  readonly purpose: RunRecord["purpose"];
  readonly deliverables: readonly DeliverableEvidence[];
  readonly claims: readonly Claim[];
  /** Deliverables that are documents claiming work of this run that is denied, by entry. */
  readonly denyingDocuments: readonly string[];
  /** The last phase of the same work that came later and was attempted or is complete, as `RUN/PHASE`. */
  readonly supersededBy: string | null;
}

export interface DecidedVerdict {
  readonly name: VerdictName;
  readonly detail: string;
}

/**
 * The verdict on a phase: the first row of the table in `docs/spec.md` that matches. Claims are only ever compared: none
 * makes a verdict better. A certificate is proof of how the deliverables stood when the phase was recorded.
 */
export function decideVerdict(input: VerdictInput): DecidedVerdict {
  const { phase, purpose, deliverables, supersededBy } = input;
  const then = deliverables.filter((item) => item.asRecorded.state !== "unjudged");
  const now = deliverables.filter((item) => item.now.state !== "unjudged");
  const deniedNow = now.filter((item) => item.now.state === "denied");
  const okNow = now.filter((item) => item.now.state === "ok");

  if (purpose === "validation" || purpose === "baseline") return { name: "evidence-run", detail: purpose };
  if (phase.certificate && phase.recorded === "complete") return { name: "complete", detail: "certified" };
  if (then.length === 0 && now.length === 0) return { name: "unknown", detail: "nothing to judge" };
  if (phase.recorded === "complete") return decideRecordedComplete(then);
  if (contradicts(input, deniedNow))
    return { name: "contradicted", detail: `${deniedNow.length} of ${now.length} denied` };
  if (supersededBy !== null) return { name: "superseded", detail: `by ${supersededBy}` };
  if (now.length > 0 && okNow.length === now.length) return { name: "delivered", detail: "" };
  if (okNow.length > 0 && deniedNow.length > 0)
    return { name: "partial", detail: `${okNow.length} of ${now.length}; denied: ${entriesOf(deniedNow)}` };
  if (now.length > 0 && deniedNow.length === now.length)
    return { name: "not-delivered", detail: `0 of ${now.length}` };
  return { name: "unknown", detail: "unproven" };
}

function decideRecordedComplete(then: readonly DeliverableEvidence[]): DecidedVerdict {
  const denied = then.filter((item) => item.asRecorded.state === "denied");
  if (denied.length > 0) {
    const filled = denied.filter((item) => item.now.state === "ok");
    const count = `${denied.length} of ${then.length}`;
    const by = [...new Set(filled.map((item) => item.now.commit?.slice(0, 12) ?? "a later change"))];
    return {
      name: "false-complete",
      detail:
        filled.length === 0 ? count : `${count}; false then, ${filled.length} filled by ${by.join(", ")}`,
    };
  }
  const allOk = then.length > 0 && then.every((item) => item.asRecorded.state === "ok");
  return allOk ? { name: "complete", detail: "" } : { name: "unknown", detail: "unproven" };
}

function contradicts({ claims, denyingDocuments }: VerdictInput, denied: readonly DeliverableEvidence[]) {
  const claimed = claims.some((claim) => claim.says === "done");
  return (claimed && denied.length > 0) || denyingDocuments.length > 0;
}

const shown = 5;
function entriesOf(items: readonly DeliverableEvidence[]): string {
  const names = items.slice(0, shown).map((item) => item.path ?? item.entry);
  return items.length > shown ? `${names.join(", ")} and ${items.length - shown} more` : names.join(", ");
}

/** Where a verdict on the work itself stands among others; `unknown` and `partial` are not comparable and stand alike. */
export const rankOf = (name: VerdictName): number => ranks[name];
const ranks: Record<VerdictName, number> = {
  contradicted: 0,
  "false-complete": 0,
  "not-delivered": 1,
  unknown: 2,
  partial: 2,
  superseded: 2,
  "evidence-run": 2,
  delivered: 3,
  complete: 3,
};
