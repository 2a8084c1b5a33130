import type { AssessedPhase, RootCauseGroup } from "../domain/assessment.ts";
import { factsOf } from "../domain/failure.ts";
import { lastFailureOf, refusableForFree } from "./cause.ts";
import { nameOfPhase } from "./same-work.ts";

/** Failed phases under what ended them, the one that cost most first. */
export function groupByCause(phases: readonly AssessedPhase[]): RootCauseGroup[] {
  const groups = Map.groupBy(
    phases.filter(({ cause }) => cause.party !== "none"),
    ({ cause: { party, fingerprint, text } }) => fingerprint ?? `${party} ${text ?? ""}`,
  );
  return [...groups.values()].map(describeGroup).sort(byWeight);
}

function describeGroup(members: readonly AssessedPhase[]): RootCauseGroup {
  const [{ cause, record }] = members as readonly [AssessedPhase, ...AssessedPhase[]];
  const failure = lastFailureOf(record);
  const spent = members.map(({ record: { tokens } }) => tokens.spent).filter((tokens) => tokens !== null);
  const attempts = members.reduce((sum, { record: one }) => sum + Math.max(1, one.attempts.length), 0);
  const facts = cause.fingerprint !== null && failure ? factsOf(failure.kind) : null;
  return {
    fingerprint: cause.fingerprint,
    party: cause.party,
    title:
      facts && failure
        ? `${failure.kind}: ${failure.text}`
        : (cause.text ?? "failed without a recorded reason"),
    phases: members.map(({ record: one }) => nameOfPhase(one)),
    tokensSpent: spent.length === 0 ? null : spent.reduce((sum, tokens) => sum + tokens, 0),
    refusableForFree: facts && failure ? refusableForFree(failure, attempts) : null,
    fix: facts?.action ?? fixes[cause.party] ?? "Read its logs, and record what ended it.",
    unblocks: [...new Set(members.flatMap(({ recommendation }) => recommendation.unblocks))],
  };
}

const fixes: Partial<Record<AssessedPhase["cause"]["party"], string>> = {
  orchestrator:
    "Complete phases only by certificates: `autopack run` does, and `autopack report --verify` checks them.",
};

function byWeight(a: RootCauseGroup, b: RootCauseGroup): number {
  return (
    (b.tokensSpent ?? 0) - (a.tokensSpent ?? 0) ||
    b.phases.length - a.phases.length ||
    compareText(a.title, b.title) ||
    compareText(a.phases[0] ?? "", b.phases[0] ?? "")
  );
}

const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
