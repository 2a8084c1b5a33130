import { describe, expect, test } from "vitest";
import { ExecutorLog, inChunks } from "../../../test/harness/executor-log.ts";
import { readLog } from "./read-log.ts";
import { createSimulatedBreaker, type SimulatedBreaker, simulate } from "./simulate.ts";
import { summariseReplay } from "./summarise.ts";

const attemptsOf = async (log: ExecutorLog) => (await readLog(inChunks(log.text), "a.log")).attempts;
/** Each attempt as `rule actual`, or `-` where it is let through. */
const replay = async (log: ExecutorLog) =>
  simulate(await attemptsOf(log)).map(({ refusal }) => (refusal ? `${refusal.rule} ${refusal.actual}` : "-"));

const refusedPlan = (log: ExecutorLog, phase: string) =>
  log.say(
    `Plan validation failed: Phase '${phase}' validation failed: Protected paths in scope: src/a.py`,
    "ERROR",
  );

describe("the rule plan", () => {
  const rejected = (log: ExecutorLog, phase: string) =>
    log
      .start(phase)
      .say("[Isolation] Patch rejected - 1 violations (protected paths + scope)", "ERROR")
      .failed(phase);

  test("refuses what the plan check refused, until the plan is another, the check passes or the process ends", async () => {
    const log = rejected(refusedPlan(new ExecutorLog("r"), "p"), "p")
      .crashed("p")
      .start("q")
      .failed("q");
    log.say("[Re-Plan] Successfully revised phase p").whole("p");
    refusedPlan(log, "p").whole("p").say("[BUILD-123v2] Generated scope for 'p': files=2").whole("p");
    refusedPlan(log, "p").process("r").whole("p");
    expect(await replay(log)).toEqual([
      "plan same-cause",
      "plan other-cause",
      "-",
      "-",
      "plan succeeded",
      "-",
      "-",
    ]);
  });
});

describe("a refused attempt leaves no trace", () => {
  test("of its failure for the breaker", async () => {
    const log = refusedPlan(new ExecutorLog("r"), "p")
      .crashed("p")
      .say("[BUILD-123v2] Generated scope for 'p': x");
    expect(await replay(log.crashed("p").crashed("p"))).toEqual([
      "plan other-cause",
      "-",
      "breaker same-cause",
    ]);
  });

  test("of its outcome that waits to be stored", async () => {
    const log = new ExecutorLog("r").crashed("p").start("p").notStored("p").failed("p");
    log.say("[Re-Plan] Successfully revised phase p").crashed("p");
    expect(await replay(log)).toEqual(["-", "breaker other-cause", "-"]);
  });
});

describe("the rule outcome-not-stored", () => {
  test("refuses until an outcome is stored", async () => {
    const log = new ExecutorLog("r").start("p").notStored("p").failed("p");
    log.start("p").notStored("p").failed("p").start("p").stored("p").failed("p").start("p").failed("p");
    expect(await replay(log)).toEqual([
      "-",
      "outcome-not-stored same-cause",
      "outcome-not-stored other-cause",
      "-",
    ]);
  });

  test("holds for the phase and the process alone; a write that works for another phase ends it", async () => {
    const log = new ExecutorLog("r")
      .start("p")
      .notStored("p")
      .failed("p")
      .whole("q")
      .start("p")
      .notStored("p");
    log.process("r").start("p").notStored("p").failed("p").start("q").stored("q").failed("q").start("p");
    expect(await replay(log)).toEqual(["-", "-", "outcome-not-stored unfinished", "-", "-", "-"]);
  });

  test("counts the outcome that was written at the second try, and one written after the attempt's end", async () => {
    const log = new ExecutorLog("r").start("p").notStored("p").stored("p").failed("p");
    log.start("p").failed("p").notStored("p").start("p");
    expect(await replay(log)).toEqual(["-", "-", "outcome-not-stored unfinished"]);
    const again = new ExecutorLog("r").start("p").notStored("p").failed("p");
    again.start("p").notStored("p").stored("p").failed("p");
    expect(await replay(again)).toEqual(["-", "outcome-not-stored other-cause"]);
  });
});

describe("the rule breaker", () => {
  test("opens at the first failure that the host decided, at the second that the output did", async () => {
    expect(await replay(new ExecutorLog("r").crashed("p").crashed("p"))).toEqual(["-", "breaker same-cause"]);
    const log = new ExecutorLog("r")
      .refusedPatch("p")
      .refusedPatch("p")
      .refusedPatch("p")
      .refusedPatch("p", "b.py");
    expect(await replay(log)).toEqual(["-", "-", "breaker same-cause", "breaker other-cause"]);
  });

  test("lets through what has another model, plan or process", async () => {
    const log = new ExecutorLog("r").refusedPatch("p").refusedPatch("p");
    log.refusedPatch("p", "src/a.py", { model: "m-2" }).say("[Re-Plan] Successfully revised phase p");
    log.refusedPatch("p").process("r").refusedPatch("p").refusedPatch("p").refusedPatch("p");
    expect(await replay(log)).toEqual(["-", "-", "-", "-", "-", "-", "breaker same-cause"]);
  });

  test("lets through what has another scope or base, and refuses it with the former ones", async () => {
    const gate = (log: ExecutorLog, scope: string) =>
      log.start("p", { scope }).say("[p] Deliverables manifest gate FAILED: no", "ERROR").failed("p");
    const log = gate(gate(gate(new ExecutorLog("r"), "['a']"), "['a', 'b']"), "['a']");
    log.say("[Baseline] Capturing baseline for commit 0a1b2c3d");
    expect(await replay(gate(log, "['a']"))).toEqual(["-", "-", "breaker same-cause", "-"]);
  });

  test("counts anew after a success", async () => {
    const log = new ExecutorLog("r").refusedPatch("p").whole("p").refusedPatch("p").refusedPatch("p");
    expect(await replay(log.refusedPatch("p"))).toEqual(["-", "-", "-", "-", "breaker same-cause"]);
  });

  test("does not open for failures without a stated cause, nor for those that pass by themselves", async () => {
    const log = new ExecutorLog("r");
    for (const _ of [1, 2, 3]) log.start("p").failed("p");
    for (const _ of [1, 2, 3]) log.start("q").say("[q] Builder failed: Error code: 529", "ERROR").failed("q");
    expect(await replay(log)).toEqual(Array.from({ length: 6 }, () => "-"));
  });
});

/** Opens at the `nth` failure of a phase or, with `equal`, equal failure; what the inputs are does not count. */
function naiveBreaker(nth: number, equal: boolean): SimulatedBreaker {
  const seen = new Map<string, number>();
  return {
    decide: ({ scope }) =>
      [...seen].some(([key, count]) => key.startsWith(scope) && count >= nth)
        ? { fingerprint: "any", decidedBy: "unknown", count: nth }
        : undefined,
    remember({ scope }, { fingerprint }) {
      const key = `${scope}${equal ? fingerprint : ""}`;
      seen.set(key, (seen.get(key) ?? 0) + 1);
    },
    forget: () => undefined,
  };
}

describe("attempts that succeed after equal failures", () => {
  const log = new ExecutorLog("r")
    .refusedPatch("after-one")
    .whole("after-one")
    .refusedPatch("after-two-with-another-model", "src/a.py", { model: "m-1" })
    .refusedPatch("after-two-with-another-model", "src/a.py", { model: "m-1" })
    .whole("after-two-with-another-model", { model: "m-2" })
    .refusedPatch("after-two-different", "src/a.py")
    .refusedPatch("after-two-different", "src/b.py")
    .whole("after-two-different")
    .refusedPatch("after-two-and-a-restart")
    .refusedPatch("after-two-and-a-restart")
    .process("r")
    .whole("after-two-and-a-restart")
    .refusedPatch("after-two-with-nothing-changed")
    .refusedPatch("after-two-with-nothing-changed")
    .whole("after-two-with-nothing-changed");
  const wrongWith = async (breaker: SimulatedBreaker) =>
    simulate(await attemptsOf(log), ["breaker"], breaker)
      .filter(({ refusal }) => refusal?.actual === "succeeded")
      .map(({ attempt }) => attempt.phase);

  test("are refused wrongly by a breaker that opens at the first failure", async () => {
    expect(await wrongWith(naiveBreaker(1, false))).toHaveLength(5);
    expect(await wrongWith(naiveBreaker(1, true))).toHaveLength(5);
  });

  test("are refused wrongly by one that opens at the second and looks at no inputs", async () => {
    expect(await wrongWith(naiveBreaker(2, false))).toHaveLength(4);
    expect(await wrongWith(naiveBreaker(2, true))).toHaveLength(3);
  });

  test("are refused wrongly by ours only where nothing that a log shows had changed, and it is counted", async () => {
    expect(await wrongWith(createSimulatedBreaker())).toEqual(["after-two-with-nothing-changed"]);
    const summary = summariseReplay(simulate(await attemptsOf(log)));
    expect(summary).toMatchObject({ attempts: 14, refused: 1, actual: { succeeded: 1, "same-cause": 0 } });
  });
});

test("the summary keeps unknown tokens apart from known ones, and each rule's own share", async () => {
  const log = new ExecutorLog("r")
    .start("p")
    .notStored("p")
    .failed("p")
    .start("p")
    .notStored("p")
    .failed("p");
  log.crashed("q").crashed("q").start("p").built("p", 30).failed("p");
  const summary = summariseReplay(simulate(await attemptsOf(log)));
  expect(summary).toMatchObject({
    attempts: 5,
    outcomes: { succeeded: 0, failed: 5, unfinished: 0 },
    tokens: { known: 2030, attemptsUnknown: 2 },
    refused: 2,
    tokensSaved: { known: 1000, attemptsUnknown: 1 },
    actual: { "same-cause": 2, "other-cause": 0, succeeded: 0, unfinished: 0 },
  });
  expect(summary.rules.map(({ rule, refused, refusedAlone }) => [rule, refused, refusedAlone])).toEqual([
    ["plan", 0, 0],
    ["outcome-not-stored", 1, 1],
    ["breaker", 1, 1],
  ]);
});
