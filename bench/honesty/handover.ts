/** What goes from the bench to an adapter and back; README.md describes both files. */
import { z } from "zod";
import type { Check, Deliverable } from "./scenario.ts";

export interface NeutralPhase {
  readonly id: string;
  readonly description: string;
  readonly deliverables: readonly Deliverable[];
  readonly scope: readonly string[];
  readonly dependsOn: readonly string[];
  readonly tier: number;
  readonly budget: { readonly attempts: number; readonly minutes?: number; readonly tokens?: number };
  readonly acceptance: readonly string[];
  /** A shell command. It works in the folder it is started in; BUILD_RESULT names the file for its word. */
  readonly builder: string;
}

/** `plan.json` in the scenario's folder. */
export interface NeutralPlan {
  readonly version: 1;
  readonly id: string;
  readonly goal: string;
  readonly repository: string;
  readonly setup: readonly string[];
  readonly checks: readonly Check[];
  readonly protect: readonly string[];
  readonly budget: { readonly tokens?: number; readonly minutes?: number };
  readonly maxParallel: number;
  /** `own`: as isolated as the orchestrator can; `none`: so that builders reach the harness, which kills and meters. */
  readonly isolation: "own" | "none";
  /** Folders outside that the builder's program needs, where builders are isolated. */
  readonly reach: { readonly readable: readonly string[]; readonly writable: readonly string[] };
  readonly phases: readonly NeutralPhase[];
}

/** `result.json`, which an adapter leaves. */
export const resultSchema = z.strictObject({
  version: z.literal(1),
  /** `open`: neither at its end nor waiting; it has to be resumed. */
  run: z.enum(["ended", "waiting", "open"]),
  phases: z.array(
    z.strictObject({
      id: z.string(),
      state: z.enum(["complete", "failed", "blocked", "waiting", "open"]),
      /** Class of why it is not complete; null where none is stated. */
      cause: z.string().nullable(),
      /** Attempts that failed, numbered from 1 by their calls of the builder. */
      failures: z.array(z.strictObject({ attempt: z.int().positive(), cause: z.string().nullable() })),
    }),
  ),
  /** The work of all phases that are complete; null where there is none. */
  head: z.string().nullable(),
  /** Git folders, relative to the scenario's, where a user finds work: every ref of them counts. */
  places: z.array(z.string()),
  /** Tokens that the orchestrator counted; null where it does not. */
  spend: z.number().nullable(),
});
export type NeutralResult = z.infer<typeof resultSchema>;
