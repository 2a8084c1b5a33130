import { createHash } from "node:crypto";
import type { App } from "../app.ts";
import { canonicalJson } from "../domain/canonical.ts";
import {
  type CreditProof,
  type Disposition,
  type DispositionData,
  type DispositionEvent,
  type DispositionKind,
  foldDispositions,
  isCurrent,
  subjectOf,
} from "../domain/dispositions.ts";
import { requestStream } from "../domain/events.ts";
import type { Decision } from "./decide-remediation.ts";
import type { Exports } from "./remediation-plans.ts";

type Unsigned = Omit<DispositionData, "id">;

/** Records decisions, all or none; their ids, in order. */
export function recordDispositions(
  app: App,
  decisions: readonly Decision[],
  on: {
    readonly exports: Pick<Exports, "plans">;
    readonly by: string;
    /** What credits rest on; null: they are unverified. */
    readonly proof?: CreditProof | null;
    /** Kinds of current dispositions about the same subject that these stand in the place of. */
    readonly replaces?: readonly DispositionKind[];
  },
): Promise<readonly string[]> {
  const { plans } = on.exports;
  const planIds = new Map(
    plans.flatMap(({ kind, runId, phases, id }) =>
      [null, ...phases].map((phaseId) => [`${kind} ${subjectOf({ runId, phaseId })}`, id] as const),
    ),
  );
  return appendDispositions(app, (known) => {
    const replaceable = new Map(
      known
        .filter((one) => isCurrent(one) && (on.replaces ?? []).includes(one.kind))
        .map((one) => [subjectOf(one), one]),
    );
    return decisions.map(({ proposal, evidence }): Unsigned => {
      const { kind, runId, phaseId, reason } = proposal;
      const planId = planIds.get(`${kind} ${subjectOf(proposal)}`);
      const replaced = replaceable.get(subjectOf(proposal));
      return {
        kind,
        runId,
        phaseId,
        by: on.by,
        reason,
        evidence,
        ...(kind === "credit" ? { proof: on.proof ?? null } : {}),
        ...(planId === undefined ? {} : { planId }),
        ...(replaced ? { supersedes: replaced.id } : {}),
      };
    });
  });
}

/** Appends what `decide` says, given all that is recorded by now; asked again where somebody came in between. */
export async function appendDispositions(
  app: App,
  decide: (known: readonly Disposition[]) => readonly Unsigned[],
): Promise<readonly string[]> {
  const { ledger } = app.store;
  for (;;) {
    const known = foldDispositions(await ledger.readDispositions());
    const events = decide(known).map((data, index): DispositionEvent => {
      const id = idOf(data, known.length + index);
      return { type: "disposition-recorded", data: { id, ...data } };
    });
    if (events.length === 0) return [];
    const at = app.platform.clock.now().toISOString();
    const appends = [];
    for (const [runId, ofRun] of Map.groupBy(events, ({ data }) => data.runId))
      appends.push({
        stream: requestStream(runId),
        expectedSeq: (await ledger.readRequests(runId)).length,
        events: ofRun,
        actor: ofRun[0]?.data.by ?? "",
        at,
      });
    const appended = await ledger.appendTogether(appends);
    if (appended.ok) return events.map(({ data }) => data.id);
  }
}

/** Short enough to type; the place in the ledger makes it unique. */
const idOf = (data: Unsigned, place: number): string =>
  `d${createHash("sha256")
    .update(canonicalJson({ ...data, place }))
    .digest("hex")
    .slice(0, 10)}`;
