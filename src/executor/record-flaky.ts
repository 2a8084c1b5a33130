import { type RepositoryEvent, repositoryStream, type TestFlaked } from "../domain/events.ts";
import type { TestComparison } from "../domain/tests.ts";
import type { AttemptContext } from "./step.ts";

/** Records the flaky tests of a comparison for all runs of the repository, and says in how many they were so before. */
export async function recordFlaky(
  context: AttemptContext,
  check: string,
  comparison: TestComparison,
): Promise<TestComparison> {
  const flaky = comparison.listed.filter(({ change }) => change === "flaky");
  if (flaky.length === 0) return comparison;
  const { journal, phaseId, attempt } = context;
  const { runId } = journal;
  const earlier = await append(
    context,
    flaky.map(({ id, outcomes = [] }) => ({
      type: "test-flaked",
      data: { runId, phaseId, attempt, check, id, outcomes },
    })),
  );
  const runsOf = (id: string) =>
    new Set(earlier.flatMap(({ data }) => (data.id === id && data.runId !== runId ? [data.runId] : []))).size;
  const listed = comparison.listed.map((test) =>
    test.change === "flaky" ? { ...test, earlierRuns: runsOf(test.id) } : test,
  );
  return { ...comparison, listed };
}

/** Durable when it returns; the tests that were flaky before. */
async function append(
  { deps }: AttemptContext,
  events: readonly RepositoryEvent[],
): Promise<readonly TestFlaked[]> {
  for (;;) {
    const known = await deps.ledger.readRepository();
    const appended = await deps.ledger.append({
      stream: repositoryStream,
      expectedSeq: known.length,
      events,
      actor: deps.actor,
      at: deps.platform.clock.now().toISOString(),
    });
    // Another run of the repository came in between: read again what it learned.
    if (appended.ok) return known.filter((event) => event.type === "test-flaked");
  }
}
