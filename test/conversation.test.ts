import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  callCli,
  calls,
  createQuickProject,
  newestRun,
  type Project,
  startCli,
  waitUntil,
  writePlan,
  writes,
} from "./harness/cli.ts";

/** The builder keeps its prompt in a file of its own, and notes it. */
const keepPrompt = ({ folder }: Project, name: string) => ({
  run: `cp "$AUTOPACK_PROMPT_FILE" '${join(folder, "notes", name)}'; echo ${name} >> '${join(folder, "notes/calls")}'`,
});
const promptOf = ({ folder }: Project, name: string): string =>
  readFileSync(join(folder, "notes", name), "utf8");

it("tells the next attempt what was tried and why it failed, after a kill and in a linked run too", async () => {
  const project = createQuickProject();
  const check = { sum: "grep -q right sum.txt || { echo expected right, got wrong; exit 1; }" };
  const wait = `while ! test -e '${join(project.folder, "notes/go")}'; do sleep 0.05; done`;
  const first = {
    steps: [keepPrompt(project, "first"), writes("sum.txt", "wrong\n")],
    claim: "All done, the tests pass.",
    decisions: ["sum.txt holds one word", "token=abcdefgh12345678 opens it"],
  };
  const second = { steps: [keepPrompt(project, "second"), { run: wait }, writes("other.txt")] };
  const plan = (attempts: readonly object[]) =>
    writePlan(project, {
      checks: check,
      tiers: [[{ id: "sum", attempts: attempts as never, fields: { budget: { attempts: 2 } } }]],
    });

  const cli = startCli(project, "run", plan([first, second]), "--json");
  await waitUntil("the second attempt", () => calls(project).length === 2);
  cli.signal("SIGKILL");
  await cli.ended;
  expect(promptOf(project, "first")).not.toContain("What was tried before");
  const told = promptOf(project, "second");
  expect(told).toContain("### Attempt 1 (builder scripted): check-failed");
  expect(told).toContain("expected right, got wrong");
  expect(told).toContain("It changed: added sum.txt (+1 -0)");
  expect(told).toContain("It claimed: All done, the tests pass.");
  expect(told).toContain("- Attempt 1: sum.txt holds one word");
  expect(told).toContain("token=[redacted] opens it");

  writeFileSync(join(project.folder, "notes/go"), "");
  expect((await callCli(project, "resume", "--json")).code).toBe(3);
  expect(calls(project)).toEqual(["first", "second", "second"]);
  const resumed = promptOf(project, "second");
  expect(resumed).toContain("expected right, got wrong");
  expect(resumed).toContain("### Attempt 2 (builder scripted): cut off");

  const runId = newestRun(project);
  const mended = plan([{ steps: [keepPrompt(project, "third"), writes("sum.txt", "right\n")] }]);
  expect((await callCli(project, "run", mended, "--continue", runId, "--json")).code).toBe(0);
  const linked = promptOf(project, "third");
  expect(linked).toContain(`### Attempt 1 of the earlier run ${runId} (builder scripted): check-failed`);
  expect(linked).toContain("expected right, got wrong");
  expect(linked).toContain(
    "- out-of-scope (the change touches a path outside the phase's write scope): other.txt",
  );

  const shown = await callCli(project, "show", newestRun(project), "sum", "--conversation", "--json");
  const turns = shown.json.turns.map(({ turn }: { turn: string }) => turn);
  const refused = ["asked", "built", "changed", "refused"];
  expect(turns).toEqual([
    ...refused,
    "asked",
    "interrupted",
    ...refused,
    "asked",
    "built",
    "changed",
    "completed",
  ]);
  const text = (await callCli(project, "show", runId, "sum", "--conversation")).stdout;
  expect(text).toContain("Asked scripted: sum");
  expect(text).toContain("decided: sum.txt holds one word");
  expect(text).toMatch(/The next attempt is told \(\d+ tokens of 3,000\):\n\| ## What was tried before/);
});
