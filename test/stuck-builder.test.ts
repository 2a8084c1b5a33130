import { describe, expect, it } from "vitest";
import {
  createProject,
  eventsOf,
  expectNoProcess,
  type Fields,
  runCli,
  workspaces,
  writePlan,
} from "./harness/cli.ts";

/** What a builder does for ever, and the limits within which it is ended for that; the other limits are out of reach. */
const stuck: Readonly<Record<string, { readonly command: string; readonly limits: Fields }>> = {
  "builder-silent": { command: "sleep 600", limits: { stuck_silent_minutes: 4 / 60 } },
  "builder-no-progress": {
    command: "i=0; while :; do i=$((i+1)); echo thought $i; sleep 0.1; done",
    limits: { stuck_idle_minutes: 4 / 60 },
  },
  "builder-repeats": {
    command: "while :; do echo calls ls; echo sees nothing; sleep 0.05; done",
    limits: { stuck_repeats: 5, stuck_repeat_minutes: 3 / 60 },
  },
  "builder-alternates": {
    command:
      "while :; do echo a >builder-alternates.txt; sleep 0.2; echo b >builder-alternates.txt; sleep 0.2; done",
    limits: { stuck_alternations: 4, stuck_repeat_minutes: 3 / 60 },
  },
  "builder-burns-tokens": {
    command: `i=0; while :; do i=$((i+25)); echo $i; printf '{"tokens": %s}' $i >"$AUTOPACK_RESULT.new"; mv "$AUTOPACK_RESULT.new" "$AUTOPACK_RESULT"; sleep 0.1; done`,
    limits: { stuck_tokens: 1000 },
  },
};

describe("a builder that is stuck", () => {
  it.concurrent.for(Object.entries(stuck))(
    "is ended as %s, with a warning before",
    async ([kind, given], { onTestFinished }) => {
      const limits = {
        stop_grace_seconds: 0.3,
        poll_seconds: 0.05,
        stuck_sample_seconds: 0.05,
        ...given.limits,
      };
      const project = createProject({ config: { limits }, onFinished: onTestFinished });
      const fields = { budget: { attempts: 1 }, builder: { command: given.command } };
      const plan = writePlan(project, { tiers: [[{ id: kind, fields }]] });
      const { code, json } = await runCli(project, "run", plan, "--json");
      expect(code).toBe(1);
      const [phase] = json.phases;
      expect(phase.failure).toMatchObject({ kind, class: "builder" });
      expect(eventsOf(project, json.runId)).toContain("builder-warned");
      if (kind === "builder-burns-tokens") expect(phase.tokens).toBeGreaterThanOrEqual(1000);
      expect(workspaces(project)).toEqual([]);
      await expectNoProcess(project);
    },
  );
});
