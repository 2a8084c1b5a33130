import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runApart } from "./apart.ts";

let folder: string;
const moduleOf = (name: string, body: string): string => {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, `export const work = (input) => { ${body} };\n`);
  return pathToFileURL(path).href;
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "autopack-apart-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("hands back what the work returns, undefined fields and maps included", async () => {
  const module = moduleOf("echo", "return { got: input, pid: process.pid, env: Object.keys(process.env) };");
  const done = await runApart<{ got: unknown; pid: number; env: string[] }>(
    module,
    { list: [1, null], map: new Map([["a", undefined]]) },
    20_000,
  );
  expect(done).toMatchObject({
    ok: true,
    value: { got: { list: [1, null], map: new Map([["a", undefined]]) } },
  });
  if (!done.ok) return;
  expect(done.value.pid).not.toBe(process.pid);
  expect(
    done.value.env.filter((name) => name !== "NODE_CHANNEL_FD" && !name.startsWith("NODE_CHANNEL")),
  ).toEqual([]);
});

it("tells that the process died, and lives on", async () => {
  const module = moduleOf("die", 'process.kill(process.pid, "SIGSEGV"); return new Promise(() => {});');
  expect(await runApart(module, null, 20_000)).toEqual({ ok: false, error: "died" });
});

it("ends work that does not end", async () => {
  const module = moduleOf("spin", "for (;;);");
  expect(await runApart(module, null, 300)).toEqual({ ok: false, error: "timed-out" });
});

it("throws what the work throws: that is a bug of ours", async () => {
  const module = moduleOf("throw", 'throw new Error("no such case");');
  await expect(runApart(module, null, 20_000)).rejects.toThrow("no such case");
});
