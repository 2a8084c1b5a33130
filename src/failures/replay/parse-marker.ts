/** What a record says of runs, phases and attempts, told by the beginning of its message. */
export type Marker =
  | { readonly is: "process-started"; readonly run: string }
  | { readonly is: "run-named"; readonly run: string }
  | { readonly is: "base-named"; readonly commit: string }
  | { readonly is: "plan-refused"; readonly phase: string; readonly why: string }
  | { readonly is: "plan-passed"; readonly phase: string }
  | { readonly is: "replanned"; readonly phase: string }
  | { readonly is: "attempt-started"; readonly phase: string }
  | { readonly is: "attempt-succeeded"; readonly phase: string }
  | { readonly is: "attempt-failed"; readonly phase: string; readonly status: string }
  | { readonly is: "tokens-used"; readonly phase: string; readonly tokens: number; readonly model?: string }
  | { readonly is: "builder-succeeded"; readonly phase: string; readonly tokens: number }
  | { readonly is: "model-chosen"; readonly model: string }
  | { readonly is: "scope-loaded"; readonly scope: string }
  | { readonly is: "outcome-stored"; readonly phase: string }
  | { readonly is: "outcome-not-stored"; readonly phase: string; readonly why: string };

type Make = (groups: Readonly<Record<string, string>>) => Marker;

const phaseRun = (
  is: "attempt-started" | "attempt-succeeded" | "plan-passed" | "replanned" | "outcome-stored",
) => ((groups) => ({ is, phase: groups["phase"] ?? "" })) satisfies Make;

const runStart = (({ run = "" }) => ({ is: "process-started", run })) satisfies Make;

const markers: readonly (readonly [RegExp, Make])[] = [
  [/^\[(?<phase>[^\]\s]+)\] Step 1\/\d+: Generating code/, phaseRun("attempt-started")],
  [/^Phase (?<phase>\S+) completed successfully/, phaseRun("attempt-succeeded")],
  [
    /^Phase (?<phase>\S+) finished with status: (?<status>\S+)/,
    ({ phase = "", status = "" }) => ({ is: "attempt-failed", phase, status }),
  ],
  [
    /^\[TOKEN_BUDGET\] phase=(?<phase>\S+) .*?\btotal=(?<tokens>\d{1,12})\b(?:.*\bmodel=(?<model>\S+))?/,
    ({ phase = "", tokens, model }) => ({
      is: "tokens-used",
      phase,
      tokens: Number(tokens),
      ...(model ? { model } : {}),
    }),
  ],
  [
    /^\[(?<phase>[^\]\s]+)\] Builder succeeded \((?<tokens>\d{1,12}) tokens\)/,
    ({ phase = "", tokens }) => ({ is: "builder-succeeded", phase, tokens: Number(tokens) }),
  ],
  [/^Updated phase (?<phase>\S+) status to /, phaseRun("outcome-stored")],
  [/^\[Self-Troubleshoot\] Force-marked phase (?<phase>\S+) as /, phaseRun("outcome-stored")],
  [
    /^Failed to update phase (?<phase>\S+) status: (?<why>.*)/s,
    ({ phase = "", why = "" }) => ({ is: "outcome-not-stored", phase, why }),
  ],
  [/^\[LOCK\] Acquired executor lock for run_id=(?<run>\S+)/, runStart],
  [/^Initialized autonomous executor for run: (?<run>\S+)/, runStart],
  [/^Generating manifest for run: (?<run>\S+)/, ({ run = "" }) => ({ is: "run-named", run })],
  [
    /^\[(?:BUILD-\d+|Baseline)\] .*\bcommit (?<commit>[0-9a-f]{7,40})\b/,
    ({ commit = "" }) => ({ is: "base-named", commit }),
  ],
  [
    /^Plan validation failed: Phase '(?<phase>[^']+)' validation failed: (?<why>.*)/s,
    ({ phase = "", why = "" }) => ({ is: "plan-refused", phase, why }),
  ],
  [
    /^\[BUILD-123v2\] Manifest generation failed for '(?<phase>[^']+)': .*?validation failed: (?<why>.*)/s,
    ({ phase = "", why = "" }) => ({ is: "plan-refused", phase, why }),
  ],
  [/^\[BUILD-123v2\] Generated scope for '(?<phase>[^']+)'/, phaseRun("plan-passed")],
  [/^\[Re-Plan\] Successfully revised phase (?<phase>\S+)/, phaseRun("replanned")],
  [
    /^\[ModelSelector\] Selected (?<model>\S+) for builder/,
    ({ model = "" }) => ({ is: "model-chosen", model }),
  ],
  [/^\[MODEL-SELECT\] Builder: model=(?<model>[^\s,]+)/, ({ model = "" }) => ({ is: "model-chosen", model })],
  [/^\[MODEL\] Builder using (?<model>\S+)/, ({ model = "" }) => ({ is: "model-chosen", model })],
  [/^\[Scope\] Scope paths: (?<scope>.+)/s, ({ scope = "" }) => ({ is: "scope-loaded", scope })],
];

/** The marker that a message begins with, if any. */
export function parseMarker(message: string): Marker | undefined {
  for (const [pattern, make] of markers) {
    const groups = pattern.exec(message)?.groups;
    if (groups) return make(groups);
  }
  return undefined;
}

/** `[name] …`: what a message says that it is of. */
export const prefixOf = (message: string): string | undefined => /^\[([^\]\s]+)\] /.exec(message)?.[1];
