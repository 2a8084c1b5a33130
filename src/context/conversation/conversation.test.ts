import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { legalHistories } from "../../../test/harness/histories.ts";
import { SampleRun, sampleFailure, samplePhase, samplePlan } from "../../../test/harness/sample-run.ts";
import { foldRun, type RunState } from "../../domain/fold.ts";
import { conversationOf } from "./conversation.ts";
import { estimateTokens, summariseConversation } from "./summarise.ts";

const plan = samplePlan([samplePhase("a"), samplePhase("b")]);
const failing = (message: string, output = "", over = {}) =>
  sampleFailure({
    message,
    fingerprint: `v1:${message}`,
    evidence: [{ label: "output", detail: output }],
    ...over,
  });
const told = (state: RunState, budget = 3000, earlier: readonly RunState[] = []) =>
  summariseConversation(conversationOf(state, "a", earlier), budget).text;

describe("the conversation about a phase", () => {
  test("has a turn for all that was asked, tried, changed and refused, with the reasons", () => {
    const run = new SampleRun(plan);
    run.failAttempt("a", failing("check test failed", "expected 3, got 4"), { claim: "All done" });
    const { turns, open } = conversationOf(run.state(), "a");
    expect(turns).toMatchObject([
      { turn: "asked", attempt: 1, description: "Do a.", deliverables: ["src/a.ts"], write: ["src/a.ts"] },
      { turn: "built", exitCode: 0, tokens: 1000, claim: "All done", decisions: [] },
      { turn: "changed", fileCount: 1, files: [{ path: "src/a.ts", status: "added" }] },
      { turn: "refused", kind: "check-failed", reasons: ["check test failed"] },
    ]);
    expect(open).toEqual([turns[3]]);
    expect(conversationOf(run.state(), "b").turns).toEqual([]);
  });

  test("tells a first attempt nothing", () => {
    expect(told(new SampleRun(plan).state())).toBe("");
    const run = new SampleRun(plan);
    run.build("a");
    expect(told(run.state())).toBe("");
  });

  test("keeps the rules that were broken, each once, with the paths", () => {
    const run = new SampleRun(plan);
    const violations = ["x.ts", "y.ts"].map((path) => ({
      kind: "out-of-scope" as const,
      path,
      message: `${path} is outside`,
    }));
    for (let tries = 0; tries < 2; tries++) {
      const attempt = run.change("a", { violations });
      const failure = failing("x.ts is outside", "", { kind: "out-of-scope", class: "policy" });
      run.append({ type: "attempt-failed", data: { phaseId: "a", attempt, failure, tree: null } });
    }
    const { constraints } = conversationOf(run.state(), "a");
    expect(constraints).toEqual([
      "out-of-scope (the change touches a path outside the phase's write scope): x.ts, y.ts",
    ]);
    expect(told(run.state(), 0)).toContain(constraints[0]);
  });

  test("keeps what a person said, and what reads like a secret out of it", () => {
    const run = new SampleRun(plan);
    run.failAttempt(
      "a",
      failing("ann rejected it: use the cache, password=hunter2hunter2", "", { kind: "review-rejected" }),
    );
    const text = told(run.state(), 0);
    expect(text).toContain("- ann rejected it: use the cache");
    expect(conversationOf(run.state(), "a").constraints.join()).not.toContain("hunter2");
  });

  test("keeps what builders decided, also one that was cut off, and says what became of each", () => {
    const run = new SampleRun(plan);
    const attempt = run.build("a");
    run.append({
      type: "attempt-interrupted",
      data: { phaseId: "a", attempt, cause: "crash", why: "the executor ended", decisions: ["use a trie"] },
    });
    const second = run.build("a");
    const build = {
      exitCode: 0,
      durationMs: 1,
      tokens: null,
      claim: null,
      decisions: ["no cache"],
      log: null,
    };
    run.append({ type: "build-ended", data: { phaseId: "a", attempt: second, build } });
    const text = told(run.state());
    expect(text).toContain("- Attempt 1: use a trie\n- Attempt 2: no cache\n");
    expect(text).toContain(
      "### Attempt 1 (builder claude): cut off, and not there any more: the executor ended",
    );
  });

  test("says nothing of a provider that was not there", () => {
    const run = new SampleRun(plan);
    run.failAttempt("a", failing("slow down", "", { kind: "rate-limited", class: "transient" }));
    expect(told(run.state())).toBe("");
  });

  test("holds open what no later attempt has answered", () => {
    const run = new SampleRun(plan);
    run.failAttempt("a", failing("first"));
    run.failAttempt("a", failing("second"));
    const attempt = run.build("a");
    const timeout = failing("too slow", "", { kind: "builder-timeout", class: "builder" });
    run.append({ type: "attempt-failed", data: { phaseId: "a", attempt, failure: timeout, tree: null } });
    const messages = () => conversationOf(run.state(), "a").open.map(({ message }) => message);
    expect(messages()).toEqual(["second", "too slow"]);
    run.complete("a");
    expect(messages()).toEqual([]);
  });

  test("goes on in a linked run, under the name of the earlier one", () => {
    const first = new SampleRun(plan, { runId: "monday" });
    first.failAttempt("a", failing("check test failed", "expected 3, got 4"));
    const second = new SampleRun(plan, { runId: "tuesday", continues: "monday" });
    const text = told(second.state(), 3000, [first.state()]);
    expect(text).toContain("### Attempt 1 of the earlier run monday (builder claude): check-failed");
    expect(text).toContain("expected 3, got 4");
    second.failAttempt("a", failing("another"));
    expect(told(second.state(), 0, [first.state()])).toContain(
      "### Attempt 1 (builder claude): check-failed\nanother",
    );
    expect(told(second.state(), 0, [first.state()])).not.toContain("monday");
  });

  test("cuts what is oldest first, and of an output its beginning", () => {
    const run = new SampleRun(plan);
    const output = Array.from({ length: 100 }, (_, index) => `output line ${index}`).join("\n");
    run.failAttempt("a", failing("the first failure", output));
    run.failAttempt("a", failing("the second failure", output));
    const [none, little, more] = [0, 200, 600].map((budget) => told(run.state(), budget));
    expect(none).toContain("the second failure");
    expect(none).not.toContain("the first failure");
    expect(little).toContain("output line 99");
    expect(little).not.toContain("output line 0\n");
    expect(more).toContain("the first failure");
    expect(more).toMatch(/\(Older detail is left out\.\)\n$/);
  });
});

describe("a summary", () => {
  const texts = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.string({ maxLength: 1500, unit: "grapheme" }),
    fc.array(fc.constantFrom("one line", "another", ""), { maxLength: 60 }).map((drawn) => drawn.join("\n")),
  );
  const attempts = fc.record({
    how: fc.constantFrom("failed", "violated", "cut", "passed"),
    message: texts.filter((text) => text.trim() !== ""),
    output: texts,
    claim: fc.option(texts),
    decisions: fc.array(
      texts.filter((text) => text.trim() !== ""),
      { maxLength: 4 },
    ),
  });

  const runs = fc.array(attempts, { minLength: 1, maxLength: 6 }).map((drawn) => {
    const run = new SampleRun(plan);
    let count = 0;
    // No line twice, so that one cannot be taken for another.
    const numbered = (text: string) =>
      text
        .split("\n")
        .map((part) => `<${count++}> ${part}`)
        .join("\n");
    for (const { how, message, output: printed, claim: said, decisions } of drawn) {
      const [output, claim] = [numbered(printed), said === null ? null : numbered(said)];
      if (how === "passed" && run.state().phases[0]?.state === "complete") break;
      if (how === "failed") run.failAttempt("a", failing(message, output), { claim });
      if (how === "violated") {
        const violations = [{ kind: "protected-path" as const, path: message, message: output }];
        const attempt = run.change("a", { violations, claim });
        const failure = failing(message, output, { kind: "protected-path", class: "policy" });
        run.append({ type: "attempt-failed", data: { phaseId: "a", attempt, failure, tree: null } });
      }
      if (how === "cut") {
        const attempt = run.build("a");
        const cut = { phaseId: "a", attempt, cause: "crash" as const, why: message, decisions };
        run.append({ type: "attempt-interrupted", data: cut });
      }
      if (how === "passed") {
        run.complete("a");
        break;
      }
    }
    return run;
  });
  const budgets = fc.integer({ min: 0, max: 2500 });
  const oneLine = (text: string) => text.replaceAll(/\s*\n\s*/g, " ").trim();

  test("is within its budget, and holds all constraints and open failures whatever that is", () => {
    fc.assert(
      fc.property(runs, budgets, (run, budget) => {
        const conversation = conversationOf(run.state(), "a");
        const least = summariseConversation(conversation, 0);
        const { text, tokens, whole } = summariseConversation(conversation, budget);
        expect(tokens).toBe(estimateTokens(text));
        expect(tokens).toBeLessThanOrEqual(Math.max(budget, least.tokens));
        for (const constraint of conversation.constraints) expect(text).toContain(oneLine(constraint));
        for (const { kind, message } of conversation.open) {
          expect(text).toContain(`: ${kind}\n`);
          expect(text).toContain(message.slice(0, 600));
        }
        expect(text.includes("(Older detail is left out.)")).toBe(!whole);
      }),
    );
  });

  test("never drops with a larger budget what it kept with a smaller one", () => {
    fc.assert(
      fc.property(runs, fc.nat(1000), fc.nat(100), (run, part, more) => {
        const conversation = conversationOf(run.state(), "a");
        const budget = Math.round(summariseConversation(conversation, 1e6).tokens * (part / 1000));
        const [small, large] = [budget, budget + more].map((tokens) =>
          summariseConversation(conversation, tokens),
        );
        expect(large!.text.length + 40).toBeGreaterThanOrEqual(small!.text.length);
        let from = 0;
        for (const line of small!.text.replace("\n(Older detail is left out.)\n", "").split("\n")) {
          const place = large!.text.indexOf(line, from);
          expect(place, JSON.stringify(line)).toBeGreaterThanOrEqual(from);
          from = place;
        }
      }),
      { numRuns: 500 },
    );
  });

  test("is the same for the same events, at once or after a restart, and grows with them", () => {
    fc.assert(
      fc.property(legalHistories(60), budgets, ({ runId, steps }, budget) => {
        const events = steps
          .filter(({ legal }) => legal)
          .map(({ event, at }, index) => ({ ...event, at, seq: index + 1 }));
        const whole = foldRun(runId, events);
        const again = foldRun(runId, JSON.parse(JSON.stringify(events)));
        if (!whole.ok || !again.ok) throw new Error("the history is illegal");
        for (const { spec } of whole.value.phases) {
          const once = conversationOf(whole.value, spec.id);
          const twice = conversationOf(again.value, spec.id);
          expect(twice).toEqual(once);
          expect(summariseConversation(twice, budget)).toEqual(summariseConversation(once, budget));
          expect(JSON.parse(JSON.stringify(once))).toEqual(once);
        }
        const half = foldRun(runId, events.slice(0, Math.ceil(events.length / 2)));
        if (!half.ok) throw new Error("the history is illegal");
        for (const { spec } of half.value.phases) {
          const before = conversationOf(half.value, spec.id).turns.filter(({ turn }) => turn !== "completed");
          const after = conversationOf(whole.value, spec.id).turns;
          for (const turn of before) expect(after).toContainEqual(turn);
        }
      }),
      { numRuns: 30 },
    );
  });
});
