import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { CheckResult } from "../domain/certificate.ts";
import type { CheckSpec } from "../domain/plan.ts";
import { createClock } from "../platform/clock.ts";
import { createFiles } from "../platform/files.ts";
import { createProcesses } from "../platform/processes.ts";
import { type CheckRun, runCheck } from "./checks.ts";

let root: string;
let workspace: string;
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "autopack-checks-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(async () => {
  workspace = join(root, `workspace-${(count += 1)}`);
  await mkdir(workspace);
});

const clock = createClock();
function run(command: string | CheckSpec["argv"], given: Partial<CheckRun> & { report?: string } = {}) {
  const { report, ...rest } = given;
  const processes = createProcesses({
    path: `${join(process.execPath, "..")}:${process.env["PATH"] ?? "/usr/bin:/bin"}`,
    home: root,
    lang: "C.UTF-8",
    tz: "UTC",
    tmpRoot: join(root, "tmp"),
    secrets: [],
    sandbox: "off",
    objects: [],
    hidden: [],
    sampleMs: 50,
    clock,
  });
  return runCheck(
    { processes, clock, files: createFiles() },
    {
      spec: {
        name: "test",
        argv: typeof command === "string" ? ["sh", "-c", command] : command,
        ...(report === undefined ? {} : { report: [report] }),
      },
      kind: "check",
      workspace,
      timeoutMs: 30_000,
      graceMs: 100,
      marker: `test-checks-${process.pid}/${count}`,
      log: { root: join(root, "logs"), path: `${count}.log`, maxBytes: 10_000 },
      ...rest,
    },
  );
}
async function resultOf(...args: Parameters<typeof run>): Promise<CheckResult> {
  const end = await run(...args);
  if (end.stopped) throw new Error("the check was stopped");
  return end.result;
}

describe("a check", () => {
  it("that exits with 0 passed, and keeps what was seen", async () => {
    expect(await resultOf("pwd; echo done")).toEqual({
      name: "test",
      kind: "check",
      argv: ["sh", "-c", "pwd; echo done"],
      cwd: ".",
      outcome: "passed",
      exitCode: 0,
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      durationMs: expect.any(Number),
      log: {
        path: `${count}.log`,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        bytes: expect.any(Number),
        truncated: false,
      },
      network: "full",
      tail: `${workspace}\ndone\n`,
    });
  });
  it.each([1, 2, 101, 128, 129, 255])("that exits with %i failed", async (code) => {
    const result = await resultOf(`exit ${code}`);
    expect(result).toMatchObject({ outcome: "failed", exitCode: code });
    expect(result).not.toHaveProperty("why");
  });
  it.each([
    ["no-such-program-of-ours", 127, /not found/],
    ["touch x; ./x", 126, /not be executed/],
    ["exit 137", 137, /SIGKILL/],
    ["exit 139", 139, /SIGSEGV/],
  ])("%j is inconclusive: exit code %i says nothing about the tree", async (command, exitCode, why) => {
    expect(await resultOf(command)).toMatchObject({
      outcome: "inconclusive",
      exitCode,
      why: expect.stringMatching(why),
    });
  });
  it("that cannot be started is inconclusive", async () => {
    expect(await resultOf(["no-such-program-of-ours"])).toMatchObject({
      outcome: "inconclusive",
      exitCode: null,
      why: expect.stringMatching(/could not be started.*no-such-program-of-ours/),
    });
  });
  it("that is killed is inconclusive", async () => {
    expect(await resultOf("kill -KILL $$")).toMatchObject({
      outcome: "inconclusive",
      exitCode: null,
      why: "it was killed by SIGKILL",
    });
  });
  it("that runs out of time is inconclusive", async () => {
    expect(await resultOf("sleep 60", { timeoutMs: 50 })).toMatchObject({
      outcome: "inconclusive",
      exitCode: null,
      why: "it did not end within 0.05 seconds",
    });
  });
  it("that a person stops has no result", async () => {
    expect(await run("sleep 60", { signal: AbortSignal.timeout(50) })).toEqual({ stopped: true });
  });
});

describe("a report", () => {
  const report = "out/junit.xml";
  it("that was written makes the check pass", async () => {
    expect(await resultOf("mkdir out; echo x > out/junit.xml", { report })).toMatchObject({
      outcome: "passed",
    });
  });
  it("that is missing, empty or no file leaves it inconclusive", async () => {
    expect(await resultOf("true", { report })).toMatchObject({
      outcome: "inconclusive",
      why: expect.stringContaining("left no report"),
    });
    expect(await resultOf("mkdir -p out; : > out/junit.xml", { report })).toMatchObject({
      why: expect.stringContaining("is empty"),
    });
    await rm(join(workspace, "out"), { recursive: true });
    await mkdir(join(workspace, "out"));
    await symlink("/etc/hostname", join(workspace, report));
    expect(await resultOf("true", { report })).toMatchObject({
      outcome: "inconclusive",
      why: expect.stringContaining("is not a file"),
    });
  });
  it("that was there before and was not written anew leaves it inconclusive", async () => {
    await mkdir(join(workspace, "out"));
    await writeFile(join(workspace, report), "old");
    expect(await resultOf("true", { report })).toMatchObject({
      outcome: "inconclusive",
      why: expect.stringContaining("older"),
    });
    expect(await resultOf("echo newer > out/junit.xml", { report })).toMatchObject({ outcome: "passed" });
  });
  it("outside the workspace counts for nothing", async () => {
    expect(await resultOf("echo x > ../junit.xml", { report: "../junit.xml" })).toMatchObject({
      outcome: "inconclusive",
    });
  });
  it("does not mend a failed check", async () => {
    expect(await resultOf("mkdir out; echo x > out/junit.xml; exit 1", { report })).toMatchObject({
      outcome: "failed",
    });
  });
});
