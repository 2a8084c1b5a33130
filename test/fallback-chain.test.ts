import { describe, expect, test } from "vitest";
import { callCli, createProject, type Fields, type Project, sql, writePlan, writes } from "./harness/cli.ts";
import { git } from "./harness/temp.ts";

const limits = { stop_grace_seconds: 0.3, poll_seconds: 0.05 };
const wrong = (n: number) => writes("feature.txt", `wrong ${n}\n`);
const right = writes("feature.txt", "right\n");
const check = { is: "grep -q right feature.txt" };

/** A project whose configuration has these builders; each plays its attempts and notes its calls. */
function projectWith(
  builders: Readonly<
    Record<string, Fields & { readonly attempts: readonly (readonly Fields[])[]; readonly tokens?: number }>
  >,
  config: Fields = {},
): Project {
  const entries = Object.entries(builders).map(([name, { attempts, tokens, ...entry }]) => {
    const script = {
      repeat_last: true,
      attempts: attempts.map((steps) => ({ steps, ...(tokens ? { tokens } : {}) })),
    };
    return { name, entry: { scripted: `builders/${name}.yaml`, ...entry }, script: JSON.stringify(script) };
  });
  return createProject({
    config: {
      limits,
      ...config,
      builders: {
        ...Object.fromEntries(entries.map(({ name, entry }) => [name, entry])),
        ...(config["builders"] as Fields),
      },
    },
    files: Object.fromEntries(entries.map(({ name, script }) => [`builders/${name}.yaml`, script])),
  });
}
const planFor = (project: Project, fields: Fields, checks: Fields = check, run: Fields = {}) =>
  writePlan(project, { run, checks, tiers: [[{ id: "feature", fields: { builder: "first", ...fields } }]] });
async function runPlan(project: Project, plan: string) {
  await callCli(project, "trust", "--yes");
  return callCli(project, "run", plan, "--json");
}
const attemptsOf = async (project: Project, runId: string) =>
  (await callCli(project, "show", runId, "feature", "--json")).json;

describe("after a failure", () => {
  test("that came twice alike another builder takes over, is told what failed, and completes the phase", async () => {
    const project = projectWith({
      first: { provider: "one", attempts: [[wrong(1)]] },
      same: { provider: "one", attempts: [[right]] },
      other: { provider: "two", attempts: [[{ ...right, if_prompt_contains: "exited with 1" }]] },
    });
    const { json, code } = await runPlan(project, planFor(project, { fallback: ["same", "other"] }));
    expect([code, json.state]).toEqual([0, "succeeded"]);
    const { attempts } = await attemptsOf(project, json.runId);
    expect(attempts).toMatchObject([
      { builder: "first", outcome: "failed" },
      { builder: "first", chosen: { step: "retry", because: "attempt 1 failed with check-failed" } },
      {
        builder: "other",
        outcome: "passed",
        chosen: {
          step: "another-provider",
          passedOver: [{ step: "retry", why: expect.stringMatching(/same failure came again/) }],
        },
      },
    ]);
    const { stdout } = await callCli(project, "report", json.runId);
    expect(stdout).toContain(
      "- Attempt 3: another-provider, builder `other`, because attempt 2 failed with check-failed",
    );
    expect(stdout).toMatch(/Not taken: retry: the same failure came again/);
    const shown = await callCli(project, "show", json.runId, "feature");
    expect(shown.stdout).toContain("  Step: another-provider, because attempt 2 failed with check-failed\n");
  });

  test("that its builder's provider decided another builder takes over at once; no other is asked for the same in later runs", async () => {
    const refused = `printf '{"error": {"status": 401, "message": "invalid x-api-key"}}' > "$AUTOPACK_RESULT"; exit 1`;
    const project = projectWith(
      { other: { attempts: [[right]] } },
      { builders: { first: { command: refused } } },
    );
    const plan = planFor(project, { fallback: ["other"] });
    const { json } = await runPlan(project, plan);
    expect((await attemptsOf(project, json.runId)).attempts).toMatchObject([
      { builder: "first", failure: { kind: "provider-key-refused" } },
      { builder: "other", outcome: "passed", chosen: { step: "another-builder" } },
    ]);
    const later = await callCli(project, "run", plan, "--new", "--json");
    expect((await attemptsOf(project, later.json.runId)).attempts).toMatchObject([
      { builder: "other", outcome: "passed", chosen: { because: "provider-key-refused before" } },
    ]);
  });

  test("of a check with a fix, that mends the change without a builder, and the result is verified as any", async () => {
    const project = projectWith({
      first: { attempts: [[writes("feature.txt", "right and wrong\n")]], tokens: 7 },
    });
    const checks = {
      other: "test -f readme.txt",
      is: { run: "! grep -q wrong feature.txt", fix: "sed -i s/wrong/well/ feature.txt; exit 3" },
    };
    const plan = planFor(project, { budget: { attempts: 1 } }, checks, { budget: { tokens: 10 } });
    const { json } = await runPlan(project, plan);
    expect(json).toMatchObject({ state: "succeeded", tokens: { reported: 7, attemptsUnknown: 0 } });
    const { attempts } = await attemptsOf(project, json.runId);
    expect(attempts).toMatchObject([
      { outcome: "failed", failure: { kind: "check-failed" } },
      {
        builder: "fix:is",
        outcome: "passed",
        chosen: { step: "repair" },
        change: { files: [{ path: "feature.txt" }] },
      },
    ]);
    expect(git(project.repo, "show", `autopack/${json.runId}:feature.txt`)).toBe("right and well\n");
  });

  test("of a fix that mends nothing the builder is asked again, and the fix is no more", async () => {
    const project = projectWith({ first: { attempts: [[wrong(1)], [wrong(2)], [right]] } });
    const { json } = await runPlan(project, planFor(project, {}, { is: { run: check.is, fix: "true" } }));
    const { attempts } = await attemptsOf(project, json.runId);
    const taken = attempts.map((one: Fields) => [
      one["builder"],
      (one["chosen"] as Fields | undefined)?.["step"],
    ]);
    expect(taken.slice(0, 3)).toEqual([
      ["first", undefined],
      ["fix:is", "repair"],
      ["first", "retry"],
    ]);
    expect(taken.filter(([, step]: string[]) => step === "repair")).toHaveLength(1);
  });

  test("for want of time the builder has more of it, as long as some is left", async () => {
    const slow = {
      run: 'if [ "$AUTOPACK_MAX_SECONDS" -ge 2 ]; then echo right > feature.txt; else sleep 60; fi',
    };
    const project = projectWith({ first: { minutes: 1 / 60, attempts: [[slow]] } });
    const { json } = await runPlan(project, planFor(project, {}));
    expect((await attemptsOf(project, json.runId)).attempts).toMatchObject([
      { failure: { kind: "builder-timeout" } },
      { outcome: "passed", room: 1, chosen: { step: "more-room" } },
    ]);
  });

  test("for want of tokens the builder is ended at what it declares, and has more of them, priced beforehand", async () => {
    const report = `echo "{\\"tokens\\": $((AUTOPACK_MAX_TOKENS * 2))}" > "$AUTOPACK_RESULT"; sleep 60`;
    const project = projectWith(
      { stronger: { attempts: [[right]], max_tokens: 500 } },
      {
        builders: { first: { command: report, max_tokens: 100, reports_usage: true, stronger: "stronger" } },
      },
    );
    const plan = planFor(project, { budget: { attempts: 9 } }, check, { budget: { tokens: 999 } });
    const { json } = await runPlan(project, plan);
    const { attempts, failure, passedOver } = await attemptsOf(project, json.runId);
    // 200 and 400 are spent, and four times as much room is affordable no more.
    expect(attempts).toMatchObject([
      { reserved: 100, counted: 200, failure: { kind: "builder-over-tokens" } },
      { reserved: 200, counted: 400, room: 1, chosen: { step: "more-room" } },
    ]);
    expect(failure).toMatchObject({ kind: "tokens-exhausted" });
    expect(passedOver).toContainEqual({
      step: "stronger-model",
      why: "stronger may use 500 tokens, and 399 are left",
    });
  });

  test("a builder with a stronger model is asked where the first is at its end", async () => {
    const project = projectWith({
      first: { stronger: "best", attempts: [[wrong(1)]] },
      best: { model: "best-1", attempts: [[right]] },
    });
    const { json } = await runPlan(project, planFor(project, {}));
    const { attempts } = await attemptsOf(project, json.runId);
    expect(attempts[2]).toMatchObject({
      builder: "best",
      outcome: "passed",
      chosen: { step: "stronger-model" },
    });
  });
});

describe("at the end of its chain", () => {
  test("a phase waits for a person where that is wanted, and is tried again, or ends, as the person says", async () => {
    const project = projectWith({ first: { attempts: [[wrong(1)], [wrong(1)], [wrong(1)], [right]] } });
    const { json, code } = await runPlan(project, planFor(project, { ask: true }));
    expect([code, json.state]).toEqual([6, "waiting"]);
    expect(json.phases).toMatchObject([{ state: "asked", attempts: 2, failure: { kind: "check-failed" } }]);
    expect((await callCli(project, "report", json.runId)).stdout).toContain("autopack approve");
    const answer = (word: string) =>
      callCli(project, word, json.runId, "feature", "--reason", "the fixture was mended", "--json");
    const again = await answer("approve");
    expect(again).toMatchObject({ code: 6, json: { phases: [{ state: "asked", attempts: 3 }] } });
    const done = await answer("approve");
    expect(done).toMatchObject({ code: 0, json: { state: "succeeded" } });
    const { attempts } = await attemptsOf(project, json.runId);
    expect(attempts[3]).toMatchObject({
      chosen: { step: "ask", because: expect.stringMatching(/fixture was mended/) },
    });
    const { stdout } = await callCli(project, "show", json.runId, "feature", "--conversation");
    expect(stdout).toContain("had it tried again: the fixture was mended");
  });

  test("a phase that a person does not want tried again fails with its own cause", async () => {
    const project = projectWith({ first: { attempts: [[wrong(1)]] } });
    const { json } = await runPlan(project, planFor(project, { ask: true }));
    const ended = await callCli(project, "reject", json.runId, "feature", "--reason", "no", "--json");
    expect(ended).toMatchObject({
      code: 1,
      json: { phases: [{ state: "failed", failure: { kind: "check-failed" } }] },
    });
  });

  test("a step that the budget does not allow is not begun: what was not reported counts as what was set aside", async () => {
    const project = projectWith({
      first: { max_tokens: 300, attempts: [[wrong(1)]] },
      other: { max_tokens: 500, attempts: [[right]] },
    });
    const plan = planFor(project, { fallback: ["other"] }, check, { budget: { tokens: 1000 } });
    const { json } = await runPlan(project, plan);
    const { attempts, failure, passedOver } = await attemptsOf(project, json.runId);
    expect(attempts).toMatchObject([{ counted: 300 }, { counted: 300 }]);
    expect(failure).toMatchObject({ kind: "tokens-exhausted" });
    expect(passedOver.at(-1)).toEqual({
      step: "another-builder",
      why: "other may use 500 tokens, and 400 are left",
    });
    expect((await callCli(project, "report", json.runId)).stdout).toContain("Not taken: another-builder");
  });
});

test("what takes over has to be configured, and is pinned: its script is protected, and resume uses what was pinned", async () => {
  const project = projectWith({ first: { attempts: [[wrong(1)]] }, other: { attempts: [[right]] } });
  const unknown = await callCli(project, "plan", "lint", planFor(project, { fallback: ["othr"] }), "--json");
  expect(unknown.json.findings).toContainEqual(
    expect.objectContaining({ code: "unknown-builder", message: expect.stringContaining("other") }),
  );
  const { json } = await runPlan(project, planFor(project, { fallback: ["other"] }));
  const [{ data }] = sql(project, `select data from events where type = 'run-created'`) as [{ data: string }];
  const created = JSON.parse(data);
  expect(created.alternatives.feature).toMatchObject([
    { use: "fallback", builder: { name: "other", kind: "scripted" } },
  ]);
  expect(created.protect).toContain("builders/other.yaml");
  expect(json.state).toBe("succeeded");
});
