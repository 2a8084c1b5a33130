import { describe, expect, test } from "vitest";
import { callCli, createQuickProject, type Fields, type Project, writePlan, writes } from "./harness/cli.ts";

/** Coverage is asked for and nothing measures it: a person is asked for `asks`, and `after` waits for that. */
const planToReview = (project: Project, checks?: Fields): string =>
  writePlan(project, {
    ...(checks ? { checks } : {}),
    policy: { coverage: { min_changed: 80 } },
    tiers: [
      [
        {
          id: "asks",
          attempts: [[writes("asks.txt")], [writes("asks.txt", "better\n")]],
          fields: { budget: { attempts: 2 } },
        },
        { id: "after", fields: { depends_on: ["asks"] } },
      ],
    ],
  });

async function runToReview(project: Project, checks?: Fields): Promise<string> {
  const { json, code } = await callCli(project, "run", planToReview(project, checks), "--json");
  expect(code).toBe(6);
  expect(json).toMatchObject({
    state: "waiting",
    waiting: { on: "person", why: "asks to be approved or rejected" },
    phases: [{ state: "gated" }, { state: "queued" }],
  });
  return json.runId;
}

const decide = (project: Project, ...args: readonly string[]) =>
  callCli(project, ...args, "--reason", "agreed in review", "--json");

describe("what the gate leaves to a person", () => {
  test("is verified again once approved, and the certificate says who accepted what and why", async () => {
    const project = createQuickProject();
    const runId = await runToReview(project);
    const again = await callCli(project, "resume", runId, "--json");
    expect(again).toMatchObject({ code: 6, json: { phases: [{ state: "gated" }, { state: "queued" }] } });

    const approved = await decide(project, "approve", runId, "asks");
    // The next phase asks the same of a person: what was accepted was accepted for one phase.
    expect(approved).toMatchObject({
      code: 6,
      json: { phases: [{ state: "complete" }, { state: "gated" }] },
    });
    const detail = (await callCli(project, "show", runId, "asks", "--json")).json;
    expect(detail.attempts).toHaveLength(1);
    expect(detail.attempts[0]).toMatchObject({
      found: "proven, with what a person accepted",
      verification: { round: 2, decision: "pass" },
      approvals: [
        {
          reason: "agreed in review",
          reviews: [{ message: "coverage was not measured: no check leaves a coverage report" }],
        },
      ],
    });
    const last = await decide(project, "approve", runId, "after");
    expect(last).toMatchObject({ code: 0, json: { state: "succeeded" } });
    const { stdout, code } = await callCli(project, "report", runId, "--verify");
    expect(code).toBe(0);
    expect(stdout).toContain("because “agreed in review”: coverage was not measured");
  });

  test("fails as rejected, and the next attempt is told why", async () => {
    const project = createQuickProject();
    const runId = await runToReview(project);
    const rejected = await decide(project, "reject", runId, "asks");
    expect(rejected).toMatchObject({ code: 6, json: { phases: [{ state: "gated", attempts: 2 }, {}] } });
    const { attempts } = (await callCli(project, "show", runId, "asks", "--json")).json;
    expect(attempts[0]).toMatchObject({
      outcome: "failed",
      failure: { kind: "review-rejected", message: expect.stringContaining("rejected it: agreed in review") },
    });
  });

  test("is all that can be approved: no block, nothing inconclusive, nothing that ended", async () => {
    const project = createQuickProject();
    const plan = planToReview(project, { fails: "exit 1" });
    const { json } = await callCli(project, "run", plan, "--json");
    expect(json.phases).toMatchObject([{ state: "failed" }, { state: "blocked" }]);
    const refused = await decide(project, "approve", json.runId, "asks");
    expect(refused).toMatchObject({
      code: 2,
      json: { error: { code: "nothing-to-review", message: expect.stringContaining("it is failed") } },
    });
    const open = await runToReview(project);
    const other = await decide(project, "approve", open, "after");
    expect(other.json.error.action).toContain("These do: asks.");
    const empty = await callCli(project, "approve", open, "asks", "--reason", " ", "--json");
    expect(empty).toMatchObject({ code: 2, json: { error: { code: "no-reason" } } });
  });

  test("is verified on the head of then: an approval does not help what fails beside others' work", async () => {
    const project = createQuickProject();
    const fields = { budget: { attempts: 1 } };
    const plan = writePlan(project, {
      checks: { apart: "! { test -e asks.txt && test -e other.txt; }" },
      policy: { coverage: { min_changed: 80 } },
      tiers: [
        [
          { id: "asks", fields },
          { id: "other", fields },
        ],
      ],
    });
    const { json } = await callCli(project, "run", plan, "--json");
    expect(json.phases).toMatchObject([{ state: "gated" }, { state: "gated" }]);
    await decide(project, "approve", json.runId, "other");
    const { json: after } = await decide(project, "approve", json.runId, "asks");
    expect(after).toMatchObject({
      state: "partial",
      phases: [{ state: "failed", failure: { kind: "merge-check-failed" } }, { state: "complete" }],
    });
  });

  test("a run that is cancelled while it waits ends, and its phase is unfinished", async () => {
    const project = createQuickProject();
    const runId = await runToReview(project);
    const cancelled = await callCli(project, "cancel", runId, "--json");
    expect(cancelled.json).toMatchObject({ state: "cancelled", phases: [{ state: "queued" }, {}] });
  });
});
