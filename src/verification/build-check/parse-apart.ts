import type { Diagnostic } from "../../domain/finding.ts";
import { prepareApart, runApart, siblingModule } from "../../platform/apart.ts";
import type { ImportUse } from "./import-use.ts";
import type { ParseRequest, SourceText } from "./parse-work.ts";
import type { SourceChange } from "./source-change.ts";

/** A result for each item, in order. `died`: the parser did not survive it. Null: nothing is known of it. */
type Results<T> = readonly (T | "died" | null)[];

/**
 * The parsers are native or recursive: a text made for it ends the process that parses it, or holds it up. So they
 * run in one of their own.
 */
export const findFaultsApart = (items: readonly SourceChange[]): Promise<Results<Diagnostic[]>> =>
  workApart({ task: "faults", items });

export const readImportsApart = (items: readonly SourceText[]): Promise<Results<ImportUse[]>> =>
  workApart({ task: "imports", items });

const parseWork = siblingModule(import.meta.url, "parse-work");

/** To be called some time before a change is looked at: a process takes a while to have its parsers. */
export const prepareParsers = (): void => prepareApart(parseWork);

/** Of thousands of files all are parsed by then. */
const longestMs = 30_000;
/** Each file that ends a process costs about twice as many as halvings lead to it. */
const mostProcesses = 40;

async function workApart<T>(request: ParseRequest, left = { processes: mostProcesses }): Promise<Results<T>> {
  const { items } = request;
  if (items.length === 0) return [];
  const unknown = items.map(() => null);
  if (left.processes-- <= 0) return unknown;
  const done = await runApart<(T | null)[]>(parseWork, request, longestMs);
  if (done.ok) return done.value;
  if (done.error === "timed-out") return unknown;
  if (items.length === 1) return ["died"];
  const half = items.length >> 1;
  const part = (from: number, to: number) => ({ ...request, items: items.slice(from, to) }) as ParseRequest;
  const first = await workApart<T>(part(0, half), left);
  return [...first, ...(await workApart<T>(part(half, items.length), left))];
}
