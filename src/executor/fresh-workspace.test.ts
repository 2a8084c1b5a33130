import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openUser } from "../../test/harness/workspaces.ts";
import { freshWorkspace } from "./fresh-workspace.ts";
import { OwnershipLost } from "./journal.ts";
import type { AttemptContext } from "./step.ts";

/** The first attempt at a phase, as far as its workspaces need it. */
async function openAttempt(beat: (lost: AbortController) => void, carry: Iterable<string>) {
  const { world, repository, place, base } = await openUser();
  const lost = new AbortController();
  const context = {
    deps: { platform: world, repository, workspaceRoot: place.root },
    journal: {
      runId: place.runId,
      fence: place.fence,
      state: { created: { plan: { carry } } },
      lost: lost.signal,
      beat: async () => beat(lost),
    },
    phaseId: "p",
    attempt: 1,
  } as unknown as AttemptContext;
  return {
    make: () => freshWorkspace(context, "build", base),
    dir: join(place.root, place.runId, place.name),
  };
}

test("no workspace is made by who does not hold the run any more", async () => {
  const { make, dir } = await openAttempt((lost) => lost.abort(new OwnershipLost("taken")), []);
  await expect(make()).rejects.toThrow(OwnershipLost);
  expect(existsSync(dir)).toBe(false);
});

test("nothing is carried into a workspace that its next owner removed", async () => {
  let remove = () => {};
  function* carry() {
    remove();
    yield "a.txt";
  }
  const { make, dir } = await openAttempt(() => {}, { [Symbol.iterator]: carry });
  remove = () => rmSync(dir, { recursive: true });
  await expect(make()).rejects.toMatchObject({ code: "workspace-taken-over" });
  expect(existsSync(dir)).toBe(false);
});
