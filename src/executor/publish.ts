import { publishedBranch, publishRun } from "../platform/private-repository.ts";
import type { ExecutorDeps } from "./deps.ts";
import type { Journal } from "./journal.ts";

/** Gives the user what was completed, as a branch. Doing so again after a crash changes nothing. */
export async function publish(deps: ExecutorDeps, journal: Journal): Promise<void> {
  const { head, created, published, publishing } = journal.state;
  if (head === created.base.commit || published?.commit === head) return;
  const branch = publishedBranch(journal.runId);
  const data = { branch, commit: head };
  if (publishing?.commit !== head) await journal.append({ type: "publishing-started", data });
  const done = await publishRun(deps.platform, deps.repository, journal.runId);
  await journal.append(
    done.ok
      ? { type: "run-published", data }
      : { type: "publishing-refused", data: { ...data, why: done.error } },
  );
}
