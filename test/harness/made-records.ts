import type { Claim, DeliverableEvidence, DeliverableState, Judgement } from "../../src/domain/assessment.ts";
import type { PhaseRecord, RunRecord } from "../../src/domain/record.ts";

const judged: Record<DeliverableState, Partial<Judgement>> = {
  ok: { basis: "created", attribution: "own", commit: "c".repeat(40), at: "2026-01-02T00:00:00.000Z" },
  touched: {},
  prior: {},
  denied: { basis: "absent" },
  unjudged: {},
};

/** How a deliverable stands, with what usually goes with it. */
export const judgement = (state: DeliverableState, more: Partial<Judgement> = {}): Judgement => ({
  state,
  why: state,
  basis: null,
  attribution: null,
  commit: null,
  at: null,
  ...judged[state],
  ...more,
});

export const deliverable = (
  path: string | null,
  now: DeliverableState,
  then: DeliverableState = now,
  more: Partial<DeliverableEvidence> = {},
): DeliverableEvidence => ({
  entry: path ?? "some prose",
  path,
  asRecorded: judgement(then),
  now: judgement(now),
  renamedTo: null,
  wiredIn: null,
  standIns: [],
  tests: [],
  notes: [],
  ...more,
});

export const phaseRecord = (phaseId: string, more: Partial<PhaseRecord> = {}): PhaseRecord => ({
  runId: "run",
  phaseId,
  ord: 0,
  tier: "tier",
  name: phaseId,
  description: "",
  recordedState: "FAILED",
  recorded: "failed",
  category: null,
  complexity: null,
  dependsOn: [],
  expectations: [],
  writeScope: [],
  beginning: { at: "2026-01-01T00:00:00.000Z", certain: true },
  end: null,
  attempts: [],
  tokens: { spent: null, calls: 0, stated: null },
  failure: null,
  certificate: null,
  ...more,
});

export const runRecord = (
  runId: string,
  phases: readonly PhaseRecord[],
  more: Partial<RunRecord> = {},
): RunRecord => ({
  runId,
  origin: "imported",
  name: runId,
  goal: null,
  recordedState: "DONE_FAILED_REQUIRES_HUMAN_REVIEW",
  purpose: "unknown",
  proposedPurpose: null,
  continues: null,
  createdAt: { at: "2026-01-01T00:00:00.000Z", certain: true },
  endedAt: null,
  failureReason: null,
  tokens: { spent: null, calls: 0, stated: null },
  phases: phases.map((phase) => ({ ...phase, runId })),
  notes: [],
  contradictions: [],
  ...more,
});

export const claim = (says: Claim["says"], subject: Claim["subject"], place = "docs/status.md:3"): Claim => ({
  says,
  subject,
  by: "document",
  place,
  text: "Status: complete",
  rule: "status-line",
});
