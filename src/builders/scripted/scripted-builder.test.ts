import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createBuilderTask } from "../../../test/harness/builder-task.ts";
import { git } from "../../../test/harness/temp.ts";
import type { Processes } from "../../platform/ports.ts";
import { listProcesses } from "../../platform/process-table.ts";
import { createScriptedBuilder } from "./scripted-builder.ts";

const pinned = (content: string) => ({
  kind: "scripted" as const,
  name: "script",
  path: "script.yaml",
  sha256: createHash("sha256").update(content).digest("hex"),
  content,
  reportsUsage: true as const,
  reach: { network: "full" as const, readable: [], writable: [] },
});

type Made = ReturnType<typeof createBuilderTask>;

async function play(steps: readonly unknown[], made: Made = createBuilderTask(), rest: object = {}) {
  const content = JSON.stringify({ attempts: [{ steps, claim: "done", tokens: 12, ...rest }] });
  const report = await createScriptedBuilder(made.deps, pinned(content)).build(made.task);
  const read = (path: string) => readFileSync(join(made.workspace, path), "utf8");
  const readLog = () => readFileSync(join(made.root, "artifacts", report.log?.path ?? "none"), "utf8");
  return { ...made, report, read, readLog };
}

const noProcesses: Processes = {
  run: () => Promise.reject(new Error("a process was started")),
  endLeftovers: () => Promise.resolve(0),
  identify: () => Promise.resolve(null),
  find: () => Promise.resolve(false),
  isolation: () => Promise.reject(new Error("nothing is held")),
};

describe("a scripted builder's file steps", () => {
  test("write, append, replace, truncate, delete and poison, without any process", async () => {
    const made = createBuilderTask();
    made.deps.processes = noProcesses;
    const { report, read, workspace, root } = await play(
      [
        { write: { path: "src/deep/a.js", content: "one two two\n" } },
        { append: { path: "src/deep/a.js", content: "three\n" } },
        { append: { path: "new.txt", content: "new" } },
        { replace: { path: "src/deep/a.js", from: "two", to: "$&2" } },
        { write: { path: "short", content: "12345" } },
        { truncate: { path: "short", bytes: 2 } },
        { write: { path: "gone/x", content: "x" } },
        { delete: "gone" },
        { poison: { paths: ["node_modules/x/index.js", "dist/y"], content: "bad" } },
      ],
      made,
    );
    expect(report).toMatchObject({ exitCode: 0, tokens: 12, claim: "done", log: null, stopped: false });
    expect(report.decisions).toEqual([]);
    expect(report.problem).toBeUndefined();
    expect(["src/deep/a.js", "new.txt", "short", "dist/y"].map(read)).toEqual([
      "one $&2 two\nthree\n",
      "new",
      "12",
      "bad",
    ]);
    expect(existsSync(join(workspace, "gone"))).toBe(false);
    expect(existsSync(join(root, "artifacts"))).toBe(false);
  });

  test("chmod and symlink, and a file keeps its executable bit", async () => {
    const { report, workspace } = await play([
      { write: { path: "bin/a", content: "#!/bin/sh\n" } },
      { chmod: { path: "bin/a", mode: 755 } },
      { append: { path: "bin/a", content: "exit 0\n" } },
      { symlink: { path: "links/l", target: "../../outside" } },
    ]);
    expect(report.problem).toBeUndefined();
    expect(lstatSync(join(workspace, "bin/a")).mode & 0o777).toBe(0o755);
    expect(readlinkSync(join(workspace, "links/l"))).toBe("../../outside");
  });

  test("make no workspace again that is gone", async () => {
    const made = createBuilderTask();
    rmSync(made.workspace, { recursive: true });
    const { report } = await play([{ write: { path: "x", content: "" } }], made);
    expect(report.problem?.message).toContain(made.workspace);
    expect(existsSync(made.workspace)).toBe(false);
  });

  test.each([
    ["out of the workspace", { write: { path: "../x", content: "" } }],
    ["to an absolute path", { write: { path: "/tmp/x", content: "" } }],
    ["through a symbolic link", { write: { path: "link/x", content: "" } }],
    ["to a folder", { write: { path: "folder", content: "" } }],
    ["below a file", { write: { path: "file/x", content: "" } }],
    ["to a name beyond measure", { write: { path: "x".repeat(2000), content: "" } }],
    ["to a text that is not there", { replace: { path: "file", from: "nowhere", to: "" } }],
    ["to a file that is not there", { truncate: { path: "none", bytes: 0 } }],
    ["to nothing to delete", { delete: "none" }],
    ["to nothing to change the mode of", { chmod: { path: "none", mode: "644" } }],
  ])("that lead %s are the script's fault", async (_, step) => {
    const made = createBuilderTask();
    symlinkSync(made.root, join(made.workspace, "link"));
    mkdirSync(join(made.workspace, "folder"));
    writeFileSync(join(made.workspace, "file"), "text");
    const { report, root } = await play([step, { write: { path: "after", content: "" } }], made);
    expect(report.problem).toMatchObject({ kind: "builder-failed" });
    expect(report.problem?.message).toContain("the script is at fault");
    expect(report).toMatchObject({ claim: null, tokens: null });
    expect(existsSync(join(root, "x"))).toBe(false);
    expect(existsSync(join(made.workspace, "after"))).toBe(false);
  });
});

describe("a scripted builder's attempts", () => {
  const script = (repeat: boolean) =>
    JSON.stringify({ attempts: [{ claim: "one" }, { claim: "two" }], repeat_last: repeat });

  test("each have their entry; the last may repeat, otherwise the script is exhausted", async () => {
    const claims = await Promise.all(
      [1, 2, 3].map(async (attempt) => {
        const { deps, task } = createBuilderTask({ attempt });
        return (await createScriptedBuilder(deps, pinned(script(true))).build(task)).claim;
      }),
    );
    expect(claims).toEqual(["one", "two", "two"]);
    const { deps, task } = createBuilderTask({ attempt: 3 });
    const report = await createScriptedBuilder(deps, pinned(script(false))).build(task);
    expect(report).toMatchObject({ claim: null, tokens: null, problem: { kind: "script-exhausted" } });
  });

  test("can depend on the prompt", async () => {
    const steps = [{ say: "first try" }, { say: "I was told", if_prompt_contains: "sum.test.js failed" }];
    expect((await play(steps)).lines).toEqual(["first try"]);
    const told = createBuilderTask({ prompt: "Again: sum.test.js failed." });
    expect((await play(steps, told)).lines).toEqual(["first try", "I was told"]);
  });

  test("end with their exit code", async () => {
    expect((await play([], undefined, { exit: 4 })).report).toMatchObject({
      exitCode: 4,
      claim: "done",
      problem: { kind: "builder-failed" },
    });
    expect((await play([{ exit: 5 }, { say: "never" }])).report).toMatchObject({ exitCode: 5, log: null });
    expect((await play([{ exit: 0 }, { exit: 5 }])).report.problem).toBeUndefined();
  });

  test("of a script that is wrong fail with its lines, and never throw", async () => {
    const { deps, task } = createBuilderTask();
    const report = await createScriptedBuilder(deps, pinned("attempts:\n  - setps: []\n")).build(task);
    expect(report.problem).toMatchObject({ kind: "builder-failed" });
    expect(report.problem?.message).toContain("line 2");
  });
});

describe("a scripted builder's programs", () => {
  test("are real, know the task, and their output is in the log with what was said", async () => {
    const { report, readLog, lines } = await play([
      { say: "before" },
      { run: 'echo "attempt $AUTOPACK_ATTEMPT"' },
      { run: { command: "echo oops; exit 7", allow_failure: true } },
      { say: "token ghp_abcdefghijklmnopqrstuvwxyz0123456789" },
    ]);
    expect(report.problem).toBeUndefined();
    expect(readLog()).toBe("before\nattempt 1\noops\ntoken [redacted]\n");
    expect(lines).toEqual(["before", "attempt 1", "oops", "token [redacted]"]);
    expect(report.log).toMatchObject({ truncated: false, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  test("that fail end the build", async () => {
    const { report } = await play([{ run: "echo why; exit 7" }, { say: "never" }]);
    expect(report).toMatchObject({ exitCode: 7, claim: "done" });
    expect(report.problem).toMatchObject({
      kind: "builder-failed",
      message: "the builder exited with 7: why",
    });
  });

  test("emit megabytes into a bounded log", async () => {
    const { report, readLog } = await play([{ emit_megabytes: 3 }]);
    expect(report.problem).toBeUndefined();
    expect(report.log?.truncated).toBe(true);
    expect(readLog().length).toBeLessThan(101_000);
  });

  test("leave no daemon", async () => {
    const { report, task } = await play([{ daemon: true }, { say: "next" }]);
    expect(report).toMatchObject({ exitCode: 0, claim: "done" });
    expect((await listProcesses()).filter(({ marker }) => marker === task.marker)).toEqual([]);
  });

  test("set hooks and settings by which git would leave the mark", async () => {
    const made = createBuilderTask();
    git(made.workspace, "init", "--quiet");
    const { report, root } = await play(
      [{ write: { path: "a", content: "a" } }, { git_config: { mark: "../mark" } }],
      made,
    );
    expect(report.problem).toBeUndefined();
    expect(existsSync(join(root, "mark"))).toBe(false);
    git(made.workspace, "add", "a");
    expect(existsSync(join(root, "mark"))).toBe(true);
  });

  test("push, and go on whether it works or not", async () => {
    const made = createBuilderTask();
    git(made.workspace, "init", "--quiet");
    git(made.workspace, "commit", "--quiet", "--allow-empty", "-m", "Start");
    git(made.workspace, "init", "--quiet", "--bare", "remote.git");
    git(made.workspace, "remote", "add", "origin", "/nowhere");
    const { report } = await play(
      [{ push: true }, { push: { to: join(made.workspace, "remote.git") } }],
      made,
    );
    expect(report.problem).toBeUndefined();
    expect(git(join(made.workspace, "remote.git"), "branch")).toContain("pushed-by-builder");
  });
});

describe("a scripted builder's faults", () => {
  test("a rate limit says when to come back, an unreachable provider does not", async () => {
    const before = Date.now();
    const { problem, claim } = (await play([{ rate_limit: { retry_after_seconds: 30 } }])).report;
    expect(claim).toBe("done");
    expect(problem?.kind).toBe("rate-limited");
    expect(Date.parse(problem?.retryAt ?? "")).toBeGreaterThanOrEqual(before + 30_000);
    const away = (await play([{ unavailable: "502 bad gateway" }])).report.problem;
    expect(away).toEqual({ kind: "provider-unavailable", message: "502 bad gateway", evidence: [] });
  });

  test("hanging ends at the time limit or when stopped", async () => {
    const late = await play([{ hang: true }], createBuilderTask({ timeoutMs: 50 }));
    expect(late.report).toMatchObject({ claim: null, stopped: false, problem: { kind: "builder-timeout" } });
    for (const step of [{ hang: true }, { run: "sleep 300" }]) {
      const stop = new AbortController();
      const made = createBuilderTask({
        signal: stop.signal,
        onLine: () => setTimeout(() => stop.abort(), 50),
      });
      const { report } = await play([{ say: "up" }, step], made);
      expect(report).toMatchObject({ exitCode: null, claim: null, tokens: null, stopped: true });
      expect(report.problem).toBeUndefined();
    }
  });

  test("killing the host ends the process that plays the script", () => {
    const made = createBuilderTask();
    const content = JSON.stringify({ attempts: [{ steps: [{ kill_host: true }] }] });
    const module = (path: string) => JSON.stringify(join(import.meta.dirname, path));
    writeFileSync(
      join(made.root, "host.ts"),
      `import { createScriptedBuilder } from ${module("scripted-builder.ts")};
       const task = { ...${JSON.stringify(made.task)}, signal: new AbortController().signal };
       await createScriptedBuilder({}, { content: ${JSON.stringify(content)} }).build(task);
       console.log("still here");`,
    );
    const host = spawnSync(process.execPath, [join(made.root, "host.ts")], { encoding: "utf8" });
    expect(host).toMatchObject({ status: null, signal: "SIGKILL", stdout: "" });
  });
});
