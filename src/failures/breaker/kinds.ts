import type { BreakerScope } from "../../domain/breaker.ts";
import { type DecidedBy, decidedBy } from "../../domain/decided-by.ts";
import type { Failure, FailureKind } from "../../domain/failure.ts";
import type { AttemptState } from "../../domain/fold-attempt.ts";
import { mayBeOfChange } from "./decided-of.ts";

/** The inputs of an attempt, by name. `docs/spec.md` says what each of them is. */
export const inputNames = [
  "model",
  "builder",
  "plan",
  "files",
  "tree",
  "configuration",
  "locks",
  "tools",
  "carry",
  "host",
  "space",
  "budget",
] as const;
export type InputName = (typeof inputNames)[number];

/** What an attempt is within: who and what else a failure of it may concern. */
export interface AttemptScopes {
  readonly phase: BreakerScope;
  readonly paths: BreakerScope;
  readonly setup: BreakerScope;
  readonly builder: BreakerScope;
  readonly provider: BreakerScope;
  readonly model: BreakerScope;
  readonly host: BreakerScope;
}

/** How far a failure reaches, and what would have to change. */
export interface Reach {
  readonly decidedBy: DecidedBy;
  readonly scope: BreakerScope;
  readonly dependsOn: readonly InputName[];
}

const work: readonly InputName[] = ["model", "builder", "plan", "files", "configuration", "locks", "tools"];
/** What a command says depends on all of the tree. */
const judged: readonly InputName[] = [...work, "tree"];

/** What of a failure may lie outside of the repository. */
const surroundings: readonly InputName[] = ["host", "space", "carry"];

/** Kinds that a look at the change alone gives, and no command. */
const seenInChange: ReadonlySet<FailureKind> = new Set<FailureKind>([
  "protected-path",
  "out-of-scope",
  "undeclared-deletion",
  "test-deleted",
  "test-emptied",
  "submodule-changed",
  "symlink-refused",
  "mode-refused",
  "special-file",
  "change-too-large",
  "no-change",
  "deliverable-missing",
  "deliverable-unchanged",
  "deliverable-hollow",
  "deliverable-lacks-text",
  "source-broken",
  "tampering",
  "review-rejected",
]);

/** What is to be remembered of a failed attempt. */
export function reachOf(attempt: AttemptState & { readonly failure: Failure }, scopes: AttemptScopes): Reach {
  const { failure } = attempt;
  const by = decidedBy(failure.kind);
  const { phase } = scopes;
  if (by === "provider") return { decidedBy: by, scope: scopes.provider, dependsOn: ["model", "builder"] };
  if (mayBeOfChange(attempt))
    return { decidedBy: "output", scope: phase, dependsOn: [...judged, ...surroundings] };
  if (isSpaceGone(failure)) return { decidedBy: by, scope: scopes.host, dependsOn: ["space"] };
  switch (failure.kind) {
    case "carry-missing":
      return { decidedBy: by, scope: scopes.paths, dependsOn: ["carry"] };
    case "provider-key-refused":
    case "provider-access-denied":
      return { decidedBy: by, scope: scopes.provider, dependsOn: ["model", "builder", "host"] };
    case "model-not-found":
      return { decidedBy: by, scope: scopes.model, dependsOn: ["model", "builder"] };
    case "setup-failed":
    case "dependency-not-found":
    case "dependency-conflict":
    case "lock-outdated":
      return {
        decidedBy: by,
        scope: scopes.setup,
        dependsOn: ["tree", "configuration", "locks", "tools", ...surroundings],
      };
    case "builder-not-started":
      return { decidedBy: by, scope: scopes.builder, dependsOn: ["builder", "tools", "host", "space"] };
    case "tokens-exhausted":
    case "time-exhausted":
    case "builder-timeout":
    case "builder-over-tokens":
    case "output-truncated":
      return { decidedBy: by, scope: phase, dependsOn: [...work, "budget"] };
    default:
      break;
  }
  if (seenInChange.has(failure.kind)) return { decidedBy: by, scope: phase, dependsOn: work };
  return { decidedBy: by, scope: phase, dependsOn: by === "output" ? judged : [...judged, ...surroundings] };
}

const isSpaceGone = ({ kind, evidence }: Failure): boolean =>
  kind === "disk-full" ||
  (kind === "workspace-failed" &&
    evidence.some(({ label, detail }) => label === "code" && detail === "disk-full"));
