import { parse } from "yaml";
import { z } from "zod";
import { canonicalJson } from "../domain/canonical.ts";
import type { RunState } from "../domain/fold.ts";
import { plural } from "./views/text.ts";

/** How a phase ends, as far as a plan's author can promise it. */
const ending = {
  state: z.string(),
  attempts: z.int().nonnegative(),
  failure: z.string().optional().describe("The kind of failure."),
  blocked_by: z.string().optional(),
};

const promisesFile = z.strictObject({
  phases: z.record(z.string(), z.strictObject({ because: z.string(), ...ending })),
  interchangeable: z.tuple([z.string(), z.string()]).describe("Two phases that may end as each other."),
});
type Promises = z.infer<typeof promisesFile>;

interface Ending {
  readonly state: string;
  readonly attempts: number;
  readonly failure?: string | undefined;
  readonly blockedBy?: string | undefined;
}

/** One phase: what was promised of it and what came; null where there is no promise, or no such phase. */
export interface Outcome {
  readonly phaseId: string;
  /** The promise in words. */
  readonly because: string;
  readonly promised: Ending | null;
  readonly actual: Ending | null;
  readonly ok: boolean;
}

/** @throws ZodError, YAMLParseError on a broken file: it is a part of this program. */
export const parsePromises = (text: string): Promises => promisesFile.parse(parse(text));

/** Every phase of the promises, then what the run has beyond them. */
export function compareOutcomes({ phases, interchangeable }: Promises, state: RunState): Outcome[] {
  const promised = new Map(
    Object.entries(phases).map(([id, { because, blocked_by: blockedBy, ...rest }]) => [
      id,
      { because, ending: { ...rest, blockedBy } },
    ]),
  );
  const actual = new Map(state.phases.map((phase) => [phase.spec.id, endingOf(phase)]));
  const compare = (phaseId: string, promiseId: string): Outcome => {
    const { because, ending: expected = null } = promised.get(promiseId) ?? {
      because: "not in the promises",
    };
    const came = actual.get(phaseId) ?? null;
    return {
      phaseId,
      because,
      promised: expected,
      actual: came,
      ok: expected !== null && canonicalJson(expected) === canonicalJson(came),
    };
  };
  const [one, other] = interchangeable;
  const swapped = compare(one, other).ok && compare(other, one).ok;
  const promiseOf = (id: string) => (!swapped ? id : id === one ? other : id === other ? one : id);
  return [...new Set([...promised.keys(), ...actual.keys()])].map((id) => compare(id, promiseOf(id)));
}

function endingOf({ state, attempts, failure, blockedBy }: RunState["phases"][number]): Ending {
  return { state, attempts: attempts.length, failure: failure?.kind, blockedBy };
}

/** `failed, no-change, 2 attempts`. */
export function showOutcome(ending: Ending | null): string {
  if (!ending) return "nothing";
  const { state, attempts, failure, blockedBy } = ending;
  if (blockedBy !== undefined) return `${state} by ${blockedBy}`;
  return [state, failure, plural(attempts, "attempt")].filter(Boolean).join(", ");
}
