import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ExecutorLog, inChunks } from "../../../test/harness/executor-log.ts";
import { mergeAttempts } from "./merge-attempts.ts";
import { readLog } from "./read-log.ts";

const read = (log: ExecutorLog | string | Uint8Array, source = "a.log") =>
  readLog(inChunks(log instanceof ExecutorLog ? log.text : log), source);
const attemptsOf = async (log: ExecutorLog | string | Uint8Array) => (await read(log)).attempts;
const time = (seconds: number) => Date.UTC(2025, 0, 31, 12) + seconds * 1000;

describe("an attempt", () => {
  test("begins with its first step and ends where the log says so", async () => {
    const log = new ExecutorLog().process("r1", "0a1b2c3d").start("p", { model: "m-1", scope: "['a.py']" });
    log.built("p", 1234).failed("p", "CI_FAILED").whole("q");
    const [p, q] = await attemptsOf(log);
    expect(p).toMatchObject({
      run: "r1",
      phase: "p",
      start: time(3),
      end: time(8),
      outcome: "failed",
      status: "CI_FAILED",
      tokens: 1234,
      model: "m-1",
      scope: "['a.py']",
      base: "0a1b2c3d",
      replans: 0,
    });
    expect(q).toMatchObject({ phase: "q", outcome: "succeeded", tokens: 1000 });
    expect(q?.cause).toBeUndefined();
  });

  test("is unfinished where the log ends, and its tokens are unknown where none were reported", async () => {
    const [attempt] = await attemptsOf(new ExecutorLog("r1").start("p"));
    expect(attempt).toMatchObject({ outcome: "unfinished" });
    expect(attempt).not.toHaveProperty("tokens");
    expect(attempt).not.toHaveProperty("end");
  });

  test("ends at the next start of its phase: failed in one process, unfinished where another took over", async () => {
    const log = new ExecutorLog("r1").start("p").start("p").process("r1").start("p").failed("p");
    const outcomes = (await attemptsOf(log)).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(["failed", "unfinished", "failed"]);
  });

  test("counts its tokens once, and those of several calls together", async () => {
    const log = new ExecutorLog("r1").start("p").built("p", 700).failed("p");
    log.say("[TOKEN_BUDGET] Context loading: ~20000 tokens (100% of 20000 budget)");
    log.start("p").built("p", 700).built("p", 50).failed("p").start("p");
    log.say("[TOKEN_BUDGET] phase=p complexity=low total=90 model=m-9").failed("p");
    const attempts = await attemptsOf(log);
    expect(attempts.map(({ tokens }) => tokens)).toEqual([700, 750, 90]);
    expect(attempts[2]?.model).toBe("m-9");
  });

  test("is not what the log numbers as such", async () => {
    const log = new ExecutorLog("r1").say(
      "[p] Attempt 1/5 failed, will escalate model for next retry",
      "WARNING",
    );
    log.say("[p] Step 2/5: Applying patch...").say("Executing phase: p");
    expect(await attemptsOf(log)).toEqual([]);
  });

  test("knows a start of the executor by its two records, and tells processes apart", async () => {
    const log = new ExecutorLog("r1").start("p").failed("p").start("p").failed("p").process("r1").start("p");
    log.say("Initialized autonomous executor for run: r2").start("p");
    const [a, b, c, d] = await attemptsOf(log);
    expect(a?.process).toBe(b?.process);
    expect(new Set([a?.process, c?.process, d?.process]).size).toBe(3);
    expect([c?.run, d?.run]).toEqual(["r1", "r2"]);
  });

  test("counts revisions of its plan in this process alone", async () => {
    const log = new ExecutorLog("r1").start("p").say("[Re-Plan] Successfully revised phase p").failed("p");
    log.start("p").failed("p").process("r1").start("p");
    expect((await attemptsOf(log)).map(({ replans }) => replans)).toEqual([0, 1, 0]);
  });

  test("of interleaved phases keeps what is its own", async () => {
    const log = new ExecutorLog("r1").start("a", { model: "m-a" }).start("b", { model: "m-b" });
    log.built("a", 10).built("b", 20).say("[a] Builder failed: of a", "ERROR");
    log.say("[b] Builder failed: of b", "ERROR").failed("a").failed("b");
    const attempts = await attemptsOf(log);
    expect(attempts.map(({ phase, tokens, model, cause }) => [phase, tokens, model, cause?.message])).toEqual(
      [
        ["a", 10, "m-a", "of a"],
        ["b", 20, "m-b", "of b"],
      ],
    );
  });
});

describe("markers count at the beginning of a message alone", () => {
  const falseMarkers = [
    "[p] Step 1/4: Generating code",
    "Phase p completed successfully",
    "[TOKEN_BUDGET] phase=p total=999999",
    "[2025-01-31 12:00:00] INFO: [p] Step 1/4: Generating code",
    "Initialized autonomous executor for run: other",
  ];

  test("not in a payload of 105 kB on one line", async () => {
    const payload = falseMarkers.join("\\n").repeat(500).padEnd(105_000, "x");
    const log = new ExecutorLog("r1").start("p");
    log.say(`[p] Patch validation failed (422): [{'input': '${payload}'}]`, "ERROR").failed("p");
    const attempts = await attemptsOf(log);
    expect(attempts).toHaveLength(1);
    expect(attempts[0]).toMatchObject({ run: "r1", outcome: "failed" });
    expect(attempts[0]).not.toHaveProperty("tokens");
  });

  test("not in continuation lines", async () => {
    const patch = falseMarkers
      .flatMap((line) => [`+${line}`, ` ${line}`, line.replace(/^\[2025.*/, "")])
      .join("\n");
    const log = new ExecutorLog("r1").start("p").say(`Patch content:\n${patch}`, "ERROR").failed("p");
    expect(await attemptsOf(log)).toMatchObject([{ run: "r1", phase: "p", outcome: "failed" }]);
  });

  test("not after a time that there is not", async () => {
    const { records } = await read(
      "[2025-02-30 12:00:00] INFO: x\n[2025-01-31 25:00:00] INFO: x\n[now] INFO: x\n",
    );
    expect(records).toBe(0);
  });
});

test("every encoding tells of the same attempts", async () => {
  const { text } = new ExecutorLog("r1").refusedPatch("p", "src/größe.py").crashed("q").whole("p").start("s");
  const utf16 = (part: string) => Buffer.from(part, "utf16le");
  const half = text.indexOf("\n", text.length / 2) + 1;
  const [first, second] = [text.slice(0, half), text.slice(half)];
  const expected = await attemptsOf(text);
  expect(expected).toHaveLength(4);
  const encoded: readonly Buffer[] = [
    Buffer.concat([Buffer.from([0xff, 0xfe]), utf16(text)]),
    Buffer.concat([Buffer.from(first), utf16(second)]),
    Buffer.concat([Buffer.from(`.${first}`), utf16(second)]),
    Buffer.concat([utf16(first), Buffer.from(second)]),
    Buffer.from(text.replaceAll("ERROR", "\u001b[31mERROR\u001b[0m").replaceAll("\n", "\r\n")),
  ];
  for (const [nth, data] of encoded.entries()) {
    // The dot takes the header of the first of two records of a start.
    expect(await attemptsOf(data), `encoding ${nth}`).toEqual(expected);
  }
});

describe("several logs", () => {
  const whole = new ExecutorLog("r1").start("p").failed("p").start("p").failed("p").start("p");
  const copy = whole.text.slice(0, whole.text.lastIndexOf("Phase p finished"));

  test.each([
    ["the longer first", [whole.text, copy]],
    ["the longer last", [copy, whole.text]],
  ])("of which one is an earlier copy count each attempt once, %s", async (_, texts) => {
    const logs = [];
    for (const text of texts) logs.push(await read(text));
    const merged = mergeAttempts(logs);
    expect(merged.duplicates).toBe(2);
    expect(merged.attempts.map(({ outcome }) => outcome)).toEqual(["failed", "failed", "unfinished"]);
  });

  test("of other runs are all counted, in the order of time", async () => {
    const { attempts, duplicates } = mergeAttempts([
      await read(whole),
      await read(whole.text.replaceAll("r1", "r2")),
    ]);
    expect([attempts.length, duplicates]).toEqual([6, 0]);
    expect(attempts.map(({ start }) => start)).toEqual(attempts.map(({ start }) => start).toSorted());
  });

  test("starts within one second are attempts of their own", async () => {
    const text = new ExecutorLog("r1")
      .start("p")
      .start("p")
      .text.replaceAll(/12:00:\d\d/g, "12:00:00");
    expect(mergeAttempts([await read(text), await read(text)])).toMatchObject({ duplicates: 2 });
  });

  test("of which one tells an end that the longer does not, and the longer a write of that outcome", async () => {
    const end = new ExecutorLog("r1").start("p").failed("p");
    const further = new ExecutorLog("r1").start("p").say("x").say("y");
    expect(mergeAttempts([await read(end), await read(further)]).attempts).toMatchObject([
      { outcome: "failed" },
    ]);
    const [copy, written] = [await read(end), await read(end.notStored("p"))];
    for (const logs of [
      [copy, written],
      [written, copy],
    ])
      expect(mergeAttempts(logs).attempts).toMatchObject([{ outcome: "failed", notStored: {} }]);
  });
});

test("any bytes are an answer", async () => {
  const record = fc.constantFrom(
    ...new ExecutorLog("r1").refusedPatch("p").notStored("p").whole("p").text.split("\n"),
    "error: ".repeat(300),
    "[2025-01-31 12:00:00] ERROR: ",
    "[2025-01-31 12:00:00] INFO: [TOKEN_BUDGET] phase=p total= total=".repeat(50),
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    record.map((line) => Buffer.from(`${line}\n`)),
    record.map((line) => Buffer.from(`${line}\n`, "utf16le")),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(bytes), fc.integer({ min: 1, max: 64 }), async (parts, size) => {
      const { records, attempts } = await readLog(inChunks(Buffer.concat(parts), size), "a.log");
      expect(attempts.length).toBeLessThanOrEqual(records);
    }),
  );
});
