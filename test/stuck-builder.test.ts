import { expect, it } from "vitest";
import {
  createQuickProject,
  eventsOf,
  expectNoProcess,
  runCli,
  workspaces,
  writePlan,
} from "./harness/cli.ts";

/** What a builder does for ever, and what it is ended for. */
const stuck = {
  "builder-silent": "sleep 600",
  "builder-no-progress": "i=0; while :; do i=$((i+1)); echo thought $i; sleep 0.1; done",
  "builder-repeats": "while :; do echo calls ls; echo sees nothing; sleep 0.05; done",
  "builder-alternates": `while :; do echo a >builder-alternates.txt; sleep 0.4; echo b >builder-alternates.txt; sleep 0.4; done`,
  "builder-burns-tokens": `i=0; while :; do i=$((i+100)); echo $i; printf '{"tokens": %s}' $i >"$AUTOPACK_RESULT.new"; mv "$AUTOPACK_RESULT.new" "$AUTOPACK_RESULT"; sleep 0.1; done`,
};

// Real programs and real time: where all processors are taken, a look at the tree can come too late.
it("ends a builder that is stuck, with a warning before and the kind of it after", { retry: 4 }, async () => {
  const project = createQuickProject({
    limits: {
      stop_grace_seconds: 0.3,
      poll_seconds: 0.05,
      max_parallel: 5,
      stuck_sample_seconds: 0.05,
      stuck_silent_minutes: 5 / 60,
      stuck_idle_minutes: 12 / 60,
      stuck_repeats: 5,
      stuck_alternations: 4,
      stuck_repeat_minutes: 1 / 60,
      stuck_tokens: 1000,
    },
  });
  const phases = Object.entries(stuck).map(([id, command]) => ({
    id,
    fields: { budget: { attempts: 1 }, builder: { command } },
  }));
  const { code, json } = await runCli(project, "run", writePlan(project, { tiers: [phases] }), "--json");
  expect(code).toBe(1);
  // Which of the signs is seen first is up to the machine; the rules are told apart by recorded samples.
  for (const { failure } of json.phases) expect(Object.keys(stuck)).toContain(failure.kind);
  for (const { failure } of json.phases) expect(failure).toMatchObject({ class: "builder" });
  const warnings = eventsOf(project, json.runId).filter((type) => type === "builder-warned");
  expect(warnings.length).toBeGreaterThanOrEqual(phases.length);
  expect(json.phases.at(-1).tokens).toBeGreaterThan(0);
  expect(workspaces(project)).toEqual([]);
  await expectNoProcess(project);
});
