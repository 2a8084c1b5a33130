import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createBuilderTask } from "../../../test/harness/builder-task.ts";
import type { PinnedBuilder } from "../../domain/events.ts";
import type { Argv } from "../../domain/plan.ts";
import type { TokenLimit } from "../builder.ts";
import { createCommandBuilder } from "./command-builder.ts";

type Pinned = Extract<PinnedBuilder, { kind: "command" }>;
const pinned = (argv: Argv, env: string[] = []): Pinned => ({
  kind: "command",
  name: "builder",
  argv,
  env,
  reportsUsage: true,
  reach: { network: "full", readable: [], writable: [] },
});
const mostTokens = (most: number): TokenLimit => ({
  most,
  assess: (used) => (used > most ? { kind: "tokens-exhausted", message: "too many", evidence: [] } : null),
});
const shell = (script: string, env: string[] = []) => pinned(["sh", "-c", script], env);

async function build(
  config: Pinned,
  changes: Parameters<typeof createBuilderTask>[0] = {},
  environment: Record<string, string> = {},
) {
  const made = createBuilderTask(changes);
  const report = await createCommandBuilder(made.deps, config, environment).build(made.task);
  return { ...made, report };
}

/** A builder that leaves $TEXT as its result and exits with `code`. */
const leavingText = (code: number) =>
  shell(`printf '%s' "$TEXT" >"$AUTOPACK_RESULT"; echo said; exit ${code}`, ["TEXT"]);
const buildLeaving = (text: string, code = 0) => build(leavingText(code), {}, { TEXT: text });

describe("a command builder", () => {
  test("works in the workspace, knows its task, and reports what it used and claims", async () => {
    const script = `
      cat "$AUTOPACK_PROMPT_FILE" >out.txt
      echo "$AUTOPACK_RUN $AUTOPACK_PHASE $AUTOPACK_ATTEMPT $AUTOPACK_WORKSPACE [$NAMED] [$OTHER]"
      printf '{"tokens": {"input": 10, "output": 5.5}, "claim": "done"}' >"$AUTOPACK_RESULT"`;
    const { report, workspace, lines, root } = await build(
      shell(script, ["NAMED", "UNSET"]),
      {},
      {
        NAMED: "a",
        OTHER: "b",
      },
    );
    expect(report).toMatchObject({ exitCode: 0, tokens: 16, claim: "done", stopped: false });
    expect(report.problem).toBeUndefined();
    expect(readFileSync(join(workspace, "out.txt"), "utf8")).toBe("Write the code.");
    expect(lines).toEqual([`run-1 phase-1 1 ${workspace} [a] []`]);
    expect(readFileSync(join(root, "artifacts", report.log?.path ?? ""), "utf8")).toBe(`${lines[0]}\n`);
  });

  test("is ended when it reports more tokens than are left while it works", async () => {
    const script = `printf '{"tokens": 51}' >"$AUTOPACK_RESULT"; sleep 20`;
    const { report } = await build(shell(script), { tokens: mostTokens(50) });
    expect(report).toMatchObject({ tokens: 51, stopped: false, problem: { kind: "tokens-exhausted" } });
    const within = await build(shell(`printf '{"tokens": 50}' >"$AUTOPACK_RESULT"`), {
      tokens: mostTokens(50),
    });
    expect(within.report.problem).toBeUndefined();
  });

  test("that leaves no result has used an unknown number of tokens; an older result is not taken for its own", async () => {
    const made = createBuilderTask();
    writeFileSync(made.task.resultFile, '{"tokens": 7}');
    const report = await createCommandBuilder(made.deps, pinned(["true"]), {}).build(made.task);
    expect(report).toMatchObject({ exitCode: 0, tokens: null, claim: null, stopped: false });
    expect(report.problem).toBeUndefined();
  });

  test.each([
    ["not JSON", "{"],
    ["an array", "[]"],
    ["negative tokens", '{"tokens": -1}'],
    ["tokens as text", '{"tokens": "5"}'],
    ["an unknown field", '{"token": 5}'],
    ["an unknown failure", '{"failure": {"kind": "check-failed", "message": "x"}}'],
    [
      "an endless wait",
      '{"failure": {"kind": "rate-limited", "message": "x", "retry_after_seconds": 1e300}}',
    ],
    ["an error that says nothing", '{"error": {"provider": "openai"}}'],
    ["an error with an impossible status", '{"error": {"status": 42}}'],
    ["an error with an unknown field", '{"error": {"status": 429, "body": {}}}'],
    ["more than a megabyte", JSON.stringify({ claim: "x".repeat(1_048_577) })],
  ])("that leaves %s has an invalid result", async (_, text) => {
    const made = createBuilderTask();
    writeFileSync(join(made.root, "order", "text"), text);
    const config = shell('cat "$(dirname "$AUTOPACK_RESULT")/text" >"$AUTOPACK_RESULT"');
    const report = await createCommandBuilder(made.deps, config, {}).build(made.task);
    expect(report).toMatchObject({ tokens: null, claim: null, problem: { kind: "builder-result-invalid" } });
  });

  test.each([
    ["a folder", 'mkdir "$AUTOPACK_RESULT"'],
    ["a FIFO", 'mkfifo "$AUTOPACK_RESULT"'],
    ["a sparse terabyte", 'truncate -s 1T "$AUTOPACK_RESULT"'],
    ["a link to a file elsewhere", 'echo {} >secret; ln -s "$PWD/secret" "$AUTOPACK_RESULT"'],
  ])("that leaves %s has an invalid result", async (_, script) => {
    expect((await build(shell(script))).report.problem).toMatchObject({ kind: "builder-result-invalid" });
  });

  test("that exits non-zero failed, with its last line; what it reported counts all the same", async () => {
    const { report } = await buildLeaving('{"tokens": 5, "claim": "half"}', 3);
    expect(report).toMatchObject({ exitCode: 3, tokens: 5, claim: "half" });
    expect(report.problem).toMatchObject({
      kind: "builder-failed",
      message: "the builder exited with 3: said",
    });
    expect((await buildLeaving("{", 3)).report.problem?.kind).toBe("builder-failed");
  });

  test("can report a provider's limit, whatever it exits with", async () => {
    const text = '{"failure": {"kind": "rate-limited", "message": "slow down", "retry_after_seconds": 60}}';
    for (const code of [0, 1]) {
      const before = Date.now();
      const { problem } = (await buildLeaving(text, code)).report;
      expect(problem).toMatchObject({ kind: "rate-limited", message: "slow down" });
      expect(Date.parse(problem?.retryAt ?? "")).toBeGreaterThanOrEqual(before + 60_000);
    }
  });

  test("can report the provider's error that ended it, with whatever it exits", async () => {
    const error = {
      provider: "anthropic",
      status: 529,
      code: "overloaded_error",
      message: "Overloaded",
      retry_after: 20,
    };
    for (const code of [0, 1]) {
      const { problem } = (await buildLeaving(JSON.stringify({ tokens: 5, error }), code)).report;
      expect(problem).toMatchObject({
        kind: "builder-failed",
        message: "the builder's provider failed: 529 overloaded_error Overloaded",
        providerError: { provider: "anthropic", status: 529, headers: { "retry-after": "20" } },
      });
    }
    const headers = { "Retry-After": "7", date: "Mon, 02 Nov 2026 12:00:00 GMT", "x-tokens": 3 };
    const { problem } = (await buildLeaving(JSON.stringify({ error: { status: 429, headers } }))).report;
    expect(problem?.providerError?.headers).toEqual({ ...headers, "x-tokens": "3" });
    const secret = "a-secret-of-this-builder";
    const config = shell(`printf '{"error": {"message": "no %s"}}' "$KEY" >"$AUTOPACK_RESULT"`, ["KEY"]);
    const hidden = await build(config, {}, { KEY: secret });
    expect(JSON.stringify(hidden.report.problem)).not.toContain(secret);
  });

  test("that a signal ends failed", async () => {
    const { report } = await build(shell("kill -9 $$"));
    expect(report).toMatchObject({ exitCode: null, problem: { kind: "builder-failed" } });
    expect(report.problem?.message).toContain("SIGKILL");
  });

  test("that runs too long is ended", async () => {
    const { report } = await build(shell("echo working; sleep 300"), { timeoutMs: 300 });
    expect(report).toMatchObject({ exitCode: null, stopped: false, problem: { kind: "builder-timeout" } });
  });

  test("that cannot be started says why", async () => {
    const { report } = await build(pinned(["no-such-program-here"]));
    expect(report.problem).toMatchObject({ kind: "builder-not-started" });
    expect(report.problem?.message).toContain("no-such-program-here");
  });

  test("that is stopped has not failed", async () => {
    const stop = new AbortController();
    const { report } = await build(shell("echo up; sleep 300"), {
      signal: stop.signal,
      onLine: () => stop.abort(),
    });
    expect(report).toMatchObject({ exitCode: null, stopped: true });
    expect(report.problem).toBeUndefined();
  });

  test("has secrets hidden and length taken from its claim", async () => {
    const made = createBuilderTask();
    const script = `printf '{"claim": "%s %05000d"}' "$KEY" 0 >"$AUTOPACK_RESULT"`;
    const config = shell(script, ["KEY"]);
    const report = await createCommandBuilder(made.deps, config, { KEY: "my-own-key" }).build(made.task);
    expect(report.claim).toHaveLength(4000);
    expect(report.claim?.startsWith("[redacted] 000")).toBe(true);
  });

  test("can leave decisions for later attempts: bounded, and without secrets", async () => {
    const made = createBuilderTask();
    const decisions = [
      ...Array.from({ length: 25 }, (_, index) => `decision ${index}`),
      " ",
      "x".repeat(600),
      "KEY",
    ];
    const text = JSON.stringify({ decisions }).replace('"KEY"', '"uses %s"');
    const config = shell(`printf '${text}' "$KEY" >"$AUTOPACK_RESULT"`, ["KEY"]);
    const { decisions: kept } = await createCommandBuilder(made.deps, config, { KEY: "my-own-key" }).build(
      made.task,
    );
    expect(kept).toHaveLength(20);
    expect(kept.slice(0, 1)).toEqual(["decision 7"]);
    expect(kept.slice(-2)).toEqual(["x".repeat(500), "uses [redacted]"]);
  });

  test("that works in a folder with spaces and quotes does so", async () => {
    const made = createBuilderTask();
    const workspace = join(made.root, "a 'b\" c");
    mkdirSync(workspace);
    const task = { ...made.task, workspace };
    const report = await createCommandBuilder(made.deps, shell("pwd >here"), {}).build(task);
    expect(report.exitCode).toBe(0);
    expect(readFileSync(join(workspace, "here"), "utf8")).toBe(`${workspace}\n`);
  });
});
