/** What a person can decide about a phase or a run after the fact. */
export const dispositionKinds = ["annotate", "credit", "defer", "archive", "preserve", "retry"] as const;
export type DispositionKind = (typeof dispositionKinds)[number];

export const dispositionMeanings: Readonly<Record<DispositionKind, string>> = {
  annotate: "a note, and nothing else",
  credit:
    "counted as delivered elsewhere: verified where its checks passed when it was recorded, else unverified for ever",
  defer: "to be done later: in the backlog, and in a plan that runs as it stands",
  archive: "not to be done: in the backlog, and in a plan that it can be lifted out of",
  preserve: "kept through every clean-up",
  retry: "to be done again by a new run, linked to the old one",
};

/** What a disposition rests on, as it was when it was recorded. */
export interface DispositionEvidence {
  /** The commit that was assessed. */
  readonly revision: string;
  /** `name (detail)`; null for a whole run. */
  readonly verdict: string | null;
  /** 0 to 100; null where nothing was judged. */
  readonly confidence: number | null;
  /** A line for each deliverable: how it was judged. */
  readonly deliverables: readonly string[];
}

/** Checks that passed on a tree when a credit was recorded. */
export interface CreditProof {
  readonly commit: string;
  readonly tree: string;
  readonly checks: readonly {
    readonly name: string;
    readonly argv: readonly string[];
    readonly outcome: string;
  }[];
}

/** A person's decision: typed, signed, with its reason and evidence. It changes no outcome and is never removed. */
export interface DispositionData {
  /** Unique in the ledger: what supersedes it names it. */
  readonly id: string;
  readonly kind: DispositionKind;
  readonly runId: string;
  /** Null: the whole run. */
  readonly phaseId: string | null;
  readonly by: string;
  readonly reason: string;
  /** Null: it rests on the person's word alone. */
  readonly evidence: DispositionEvidence | null;
  /** Of a credit alone; null: unverified. */
  readonly proof?: CreditProof | null;
  /** Of a deferral, archive or retry: the id of the plan that has the phase. */
  readonly planId?: string;
  /** The disposition in whose place this one stands. */
  readonly supersedes?: string;
}

export interface DispositionEvent {
  readonly type: "disposition-recorded";
  readonly data: DispositionData;
}

/** A disposition as the ledger has it. */
export interface Disposition extends DispositionData {
  readonly at: string;
  /** The id of the one that stands in its place by now. */
  readonly supersededBy: string | null;
}

/** All dispositions in the order of their recording. Of several that supersede the same one, the first counts. */
export function foldDispositions(
  events: readonly (DispositionEvent & { readonly at: string })[],
): Disposition[] {
  const supersededBy = new Map<string, string>();
  for (const { data } of events)
    if (data.supersedes !== undefined && !supersededBy.has(data.supersedes))
      supersededBy.set(data.supersedes, data.id);
  return events.map(({ data, at }) => ({ ...data, at, supersededBy: supersededBy.get(data.id) ?? null }));
}

export const isCurrent = ({ supersededBy }: Disposition): boolean => supersededBy === null;

/** `RUN`, or `RUN/PHASE`. */
export const subjectOf = ({ runId, phaseId }: Pick<Disposition, "runId" | "phaseId">): string =>
  phaseId === null ? runId : `${runId}/${phaseId}`;

/** The runs that a preservation keeps, as a whole or for one of their phases. */
export const preservedRuns = (dispositions: readonly Disposition[]): ReadonlySet<string> =>
  new Set(dispositions.filter((one) => one.kind === "preserve" && isCurrent(one)).map(({ runId }) => runId));
