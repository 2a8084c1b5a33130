import type { Diagnostic } from "../../domain/finding.ts";
import { runApart } from "../../platform/apart.ts";
import { createFiles } from "../../platform/files.ts";
import { checkImports } from "./imports.ts";
import type { SourceChange } from "./source-change.ts";
import { checkSources } from "./sources.ts";

/** What an inspection of a change found, and what it could not look at. */
export interface Inspection {
  readonly diagnostics: readonly Diagnostic[];
  /** Paths that ended the parser or took too long: nothing is known of them. Empty: all was looked at. */
  readonly unread: readonly string[];
}

export type InspectionRequest =
  | { readonly stage: "sources"; readonly changes: readonly SourceChange[] }
  | {
      readonly stage: "imports";
      readonly changes: readonly SourceChange[];
      readonly root: string;
      readonly tracked: readonly string[];
    };

/** What the process of its own does. */
export function work(request: InspectionRequest): Promise<Diagnostic[]> {
  return request.stage === "sources"
    ? checkSources(request.changes)
    : checkImports({ ...request, files: createFiles() });
}

/** After a file ended the process, so many are tried one by one; of more nothing is known. */
const mostAlone = 50;

/**
 * Runs `checkSources` or `checkImports` in a process of its own: the parsers are native, and a file made for it ends
 * the process that parses it. Then each file is tried alone, so that one spoils nothing for the others.
 */
export async function inspectChange(request: InspectionRequest, timeoutMs: number): Promise<Inspection> {
  const found = await runApart<Diagnostic[]>(import.meta.url, request, timeoutMs);
  if (found.ok) return { diagnostics: found.value, unread: [] };
  const paths = request.changes.map(({ path }) => path);
  if (request.stage === "imports" || paths.length > mostAlone || found.error === "timed-out")
    return { diagnostics: [], unread: paths };
  const diagnostics: Diagnostic[] = [];
  const unread: string[] = [];
  for (const change of request.changes) {
    const alone = await runApart<Diagnostic[]>(
      import.meta.url,
      { stage: "sources", changes: [change] },
      timeoutMs,
    );
    if (alone.ok) diagnostics.push(...alone.value);
    else unread.push(change.path);
  }
  return { diagnostics, unread };
}
