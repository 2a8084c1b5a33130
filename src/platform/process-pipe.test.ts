import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openPipe, type Pipe } from "./process-pipe.ts";

const folder = mkdtempSync(join(tmpdir(), "autopack-pipe-"));
const env = { PATH: process.env["PATH"] ?? "" };
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(pipe: Pipe): Promise<string> {
  let text = "";
  for await (const chunk of pipe.chunks()) text += chunk.toString();
  return text;
}

async function pass(pipe: Pipe, text: string): Promise<string> {
  writeSync(pipe.writeFd, text);
  pipe.closeWritingEnd();
  return read(pipe);
}

test("pipes that are open at once are different ones, and leave no name behind", async () => {
  const [one, two] = [await openPipe(folder, env), await openPipe(folder, env)];
  expect(await Promise.all([pass(one, "one"), pass(two, "two")])).toEqual(["one", "two"]);
  expect(readdirSync(folder)).toEqual([]);
});

test.skipIf(process.platform !== "linux")(
  "a pipe after another that was read to its end takes no process (Linux)",
  async () => {
    expect(await pass(await openPipe(folder, env), "first")).toBe("first");
    const withoutMkfifo = { PATH: folder };
    expect(await pass(await openPipe(folder, withoutMkfifo), "second")).toBe("second");
    expect(await pass(await openPipe(folder, withoutMkfifo), "")).toBe("");
  },
);

test.skipIf(process.platform !== "linux")(
  "who still holds a pipe that was let go cannot write into a later one (Linux)",
  async () => {
    const first = await openPipe(folder, env);
    const stray = openSync(`/proc/self/fd/${first.writeFd}`, "w");
    first.closeWritingEnd();
    const reading = read(first);
    first.letGo();
    expect(await reading).toBe("");
    const second = await openPipe(folder, env);
    expect(() => writeSync(stray, "stray")).toThrow("EPIPE");
    expect(await pass(second, "clean")).toBe("clean");
    closeSync(stray);
  },
);
