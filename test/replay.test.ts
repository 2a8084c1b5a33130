import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { callCli } from "./harness/cli.ts";
import { ExecutorLog } from "./harness/executor-log.ts";
import { temporaryFolder } from "./harness/temp.ts";

/** Carries out `autopack replay` in a folder that is no repository. */
const replay = (folder: string, ...args: readonly string[]) =>
  callCli({ folder, repo: folder, env: { HOME: folder, PATH: "" } }, "replay", ...args);

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const sample = new ExecutorLog("r1")
  .refusedPatch("p")
  .refusedPatch("p")
  .refusedPatch("p")
  .whole("q")
  .start("s");

describe("autopack replay", () => {
  test("prints one object under --json, with the sums and a row for each attempt", async () => {
    const { code, json: result } = await replay(folderWith({ "a.log": sample.text }), "a.log", "--json");
    expect(code).toBe(0);
    expect(result).toMatchObject({
      schemaVersion: 1,
      counterfactual: expect.stringContaining("not known"),
      attempts: 5,
      attemptsSaved: 1,
      tokens: 4000,
      attemptsWithoutTokens: 1,
      tokensSaved: 1000,
      wrongRefusals: 0,
      sameCause: 1,
      otherCause: 0,
      unassessable: 0,
    });
    expect(result.rows).toHaveLength(5);
    expect(result.rows[2]).toMatchObject({
      run: "r1",
      phase: "p",
      start: "2025-01-31 12:00:14",
      end: "2025-01-31 12:00:19",
      outcome: "failed",
      status: "PATCH_FAILED",
      cause: { kind: "patch-refused", decidedBy: "output", message: "src/a.py" },
      tokens: 1000,
      inputs: { base: "unknown", replans: 0, model: "unknown", scope: "unknown" },
      refusedBy: "breaker",
      actual: "same-cause",
    });
    expect(result.rows[4]).toMatchObject({
      outcome: "unfinished",
      end: null,
      tokens: "unknown",
      refusedBy: null,
    });
  });

  test("prints the sums first for people, and that it is counterfactual", async () => {
    const { stdout } = await replay(folderWith({ "a.log": sample.text }), "a.log");
    const lines = stdout.split("\n");
    expect(lines.slice(0, 11)).toEqual([
      "Replay of 1 log",
      "Counterfactual. What a refusal would have led to is not known.",
      "A refused attempt is judged by what it came to without it.",
      "",
      "Attempts        5 of 3 phases in 1 run: 1 succeeded, 3 failed, 1 unfinished",
      "Attempts saved  1 of 5",
      "Tokens saved    1,000 of 4,000 + ? (1 attempt)",
      "Wrong refusals  0 of 1 refused (they succeeded)",
      "Same cause      1 of 1 refused (what they were refused for came again)",
      "Other cause     0 of 1 refused (they failed of something else)",
      "Unassessable    0 of 1 refused (they did not end)",
    ]);
    expect(stdout).toMatch(/^breaker +1 +1 +1,000 +1 +0 +0 +0$/m);
    expect(stdout).toMatch(/^2025-01-31 12:00:02 +p +2 x +2,000 +- +failed +patch-refused: src\/a.py$/m);
  });

  test("gives times in UTC where it is told how far the clock is from it", async () => {
    const folder = folderWith({ "a.log": sample.text });
    for (const [offset, start] of [
      ["+11:00", "2025-01-31T01:00:02.000Z"],
      ["-0330", "2025-01-31T15:30:02.000Z"],
      ["Z", "2025-01-31T12:00:02.000Z"],
    ] as const) {
      const { json } = await replay(folder, "a.log", "--json", "--utc-offset", offset);
      expect(json.rows[0].start).toBe(start);
    }
    for (const offset of ["11.5", "+15:00", "+10:75", ""])
      expect(await replay(folder, "a.log", "--utc-offset", offset)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("such as +11:00"),
      });
  });

  test("takes the *.log of a folder, each file once, and copies of a log together", async () => {
    const folder = folderWith({
      "a.log": sample.text,
      "copy.log": sample.text.slice(0, sample.text.length / 2),
      "other.log": "not ours\n",
      "notes.txt": new ExecutorLog("r2").whole("p").text,
    });
    symlinkSync("a.log", join(folder, "link.log"));
    const { json } = await replay(folder, ".", "a.log", "--json");
    const { logs, attempts, duplicates } = json;
    expect(logs.map(({ records }: { records: number }) => records > 0)).toEqual([true, true, false]);
    expect([attempts, duplicates]).toEqual([5, 2]);
    expect((await replay(folder, "a.log", "link.log", "--json")).json.logs).toHaveLength(1);
    expect(await replay(folder, "other.log", ".")).toMatchObject({ code: 2 });
  });

  test("shows nothing of a log that a terminal obeys", async () => {
    const nasty = new ExecutorLog("r1").start("p\u202e").failed("p\u202e");
    nasty.start("q").say("[q] Builder failed: \u009b2J\u0007\u202egone", "ERROR").failed("q");
    for (const args of [["a.log"], ["a.log", "--json"]]) {
      const { stdout } = await replay(folderWith({ "a.log": nasty.text }), ...args);
      expect(stdout).toContain("gone");
      for (const character of "\u0007\u009b\u202e") expect(stdout).not.toContain(character);
    }
  });

  test.each([
    ["no-such-file", "gone.log", /there is no file .*gone\.log/],
    ["no-record", "empty.log", /holds no record of the form/],
    ["no-record", "text.log", /holds no record of the form/],
    ["no-log", "folder", /holds no \*\.log/],
    ["no-record", "useless", /holds no record of the form/],
    ["not-readable", "/dev/null", /is a FIFO, socket or device/],
  ])("says what to do: %s, %s", async (code, path, message) => {
    const folder = folderWith({ "empty.log": "", "text.log": "a\nb\n" });
    for (const name of ["folder", "useless"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "useless", "a.log"), "nothing\n");
    const { code: exit, json } = await replay(folder, path, "--json");
    expect(exit).toBe(2);
    expect(json.error).toMatchObject({
      code,
      message: expect.stringMatching(message),
      action: expect.stringMatching(/\.$/),
    });
  });

  test("asks for a log", async () => {
    expect(await replay(temporaryFolder())).toMatchObject({ code: 2 });
  });
});

const realLogs = join(import.meta.dirname, "../../shared/data/legacy/logs");
const there = existsSync(realLogs);

describe(`the ancestor's own logs${there ? "" : " (skipped: they are not on this machine)"}`, () => {
  test.skipIf(!there)(
    "hold 67 repeats of one phase, whose outcomes were never stored, and no success",
    async () => {
      const names = readdirSync(realLogs);
      const { json: result } = await replay(temporaryFolder(), realLogs, "--json");
      const starts = names
        .flatMap((name) => readFileSync(join(realLogs, name), "utf8").split("\n"))
        .filter((line) => /^\[[\d :-]+\] INFO: \[[^\]]+\] Step 1\/\d+: Generating code/.test(line));
      expect(result.attempts + result.duplicates).toBe(starts.length);
      expect(result.outcomes.succeeded).toBe(0);
      expect(result.wrongRefusals).toBe(0);
      expect(result.attemptsSaved).toBe(result.sameCause + result.otherCause + result.unassessable);
      expect(result.tokensSaved).toBeLessThan(result.tokens);

      const repeats = result.rows.filter(({ phase }: { phase: string }) => phase === "fix-bcrypt-password");
      const failed = repeats.filter(({ outcome }: { outcome: string }) => outcome === "failed");
      expect(failed).toHaveLength(67);
      expect(failed.every(({ tokens }: { tokens: unknown }) => typeof tokens === "number")).toBe(true);
      expect(failed[0]).toMatchObject({ refusedBy: null });
      for (const row of failed.slice(1)) expect(row).toMatchObject({ refusedBy: "outcome-not-stored" });
    },
  );
});
