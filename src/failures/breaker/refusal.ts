import type { Try } from "../../domain/breaker.ts";
import type { Failure } from "../../domain/failure.ts";
import { toFailure } from "../fingerprint.ts";
import { describeInput } from "./describe-input.ts";
import type { Limit } from "./limits.ts";
import type { Breaker } from "./registry.ts";

/** A failure as the breaker or a limit remembers it: without its evidence. */
export const failureOf = ({ fingerprint, failure }: Breaker | Limit): Failure => ({
  ...(failure as Pick<Failure, "class" | "kind" | "message">),
  fingerprint,
  evidence: [],
});

/** Why a phase is refused, and what would open it again. */
export function refusedFor(breaker: Breaker): Failure {
  const { fingerprint, failure, inputs, count, scope, tries } = breaker;
  const last = tries.at(-1);
  return toFailure({
    kind: "breaker-open",
    message: `It would fail as ${last ? nameTry(last) : "before"} did, with ${failure.kind} (${fingerprint}): nothing that it depends on has changed since.`,
    evidence: [
      { label: "fingerprint", detail: fingerprint },
      { label: "earlier failure", detail: `${failure.kind}: ${failure.message}` },
      { label: "seen", detail: `${count} times, last by ${tries.map(nameTry).join("; ")}` },
      { label: "scope", detail: `${scope.kind} ${scope.name}` },
      {
        label: "tried again once one of these changes",
        detail: Object.keys(inputs)
          .map((name) => `${name}: ${describeInput(name)}`)
          .join("\n"),
      },
      { label: "or once you say so", detail: `autopack breaker reset ${fingerprint} --reason "..."` },
    ],
  });
}

const nameTry = ({ runId, phaseId, attempt }: Try): string =>
  `attempt ${attempt} at ${phaseId} in run ${runId}`;
