import { findBuilder } from "../domain/builders.ts";
import { type Failure, factsOf } from "../domain/failure.ts";
import type { RunState } from "../domain/fold.ts";
import type { AttemptState } from "../domain/fold-attempt.ts";
import { isWaitedFor } from "../failures/breaker/decided-of.ts";
import { recordLimit, recordServed } from "../failures/breaker/turns.ts";
import { accountOf } from "./accounts.ts";
import type { ExecutorDeps } from "./deps.ts";

/** Whether a provider asked for a wait, by a time or because of too much use. Without a time, an outage is nobody's limit. */
const isLimit = (failure: Failure): boolean =>
  isWaitedFor(failure) &&
  factsOf(failure.kind).area === "provider" &&
  (failure.retryAt !== undefined || failure.kind === "rate-limited");

/** Tells everybody with the same account how an attempt's builder fared with its provider; more than once is harmless. */
export async function tellLimit(
  deps: ExecutorDeps,
  run: RunState,
  phaseId: string,
  { attempt, build, builder }: AttemptState,
): Promise<void> {
  const account = accountOf(deps, findBuilder(run.created, phaseId, builder));
  if (!build || !account) return;
  const { breaker: memory, random } = deps;
  const now = () => deps.platform.clock.now();
  const tried = { runId: run.runId, phaseId, attempt };
  const { failure } = build;
  if (failure && !isLimit(failure)) return;
  if (!failure) {
    for (const used of new Set(Object.values(account))) await recordServed(memory, tried, used, now());
    return;
  }
  const { transientFirstMs: firstMs, transientMaxMs: maxMs, turnMs } = run.created.limits;
  const { class: failureClass, kind, message, fingerprint, retryAt } = failure;
  await recordLimit(
    memory,
    tried,
    {
      account: kind === "quota-exhausted" ? account.builder : account.key,
      fingerprint,
      failure: { class: failureClass, kind, message },
      ...(retryAt === undefined ? {} : { retryAt }),
    },
    { now, random, turnMs, firstMs, maxMs },
  );
}
