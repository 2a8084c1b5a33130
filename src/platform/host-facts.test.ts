import { appendFileSync, chmodSync, utimesSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/harness/temp.ts";
import { createHostFacts } from "./host-facts.ts";

const long = new Date("2020-01-01T00:00:00.000Z");

/** A folder of programs with one in it, and what can be told of such a machine. */
function createMachine() {
  const folder = temporaryFolder();
  const agent = join(folder, "agent");
  writeFileSync(agent, "#!/bin/sh\n");
  chmodSync(agent, 0o755);
  const path = [folder, join(folder, "not-there")].join(delimiter);
  return { folder, agent, facts: createHostFacts({ path, home: folder, folders: [join(folder, "a/b")] }) };
}

test("a command's files and programs are told apart by size and time, and other words are none", async () => {
  const { folder, agent, facts } = createMachine();
  const script = join(folder, "script.mjs");
  const words = ["agent", script, "~/script.mjs", "in/the/workspace.mjs", "--flag", ""];
  const stamps = async () => JSON.stringify(await facts.stamps(words));
  const before = await stamps();
  expect(JSON.parse(before)).toEqual([
    [agent, [10, expect.any(Number)]],
    [script, null],
    [script, null],
  ]);
  expect(await stamps()).toBe(before);
  writeFileSync(script, "");
  const written = await stamps();
  expect(written).not.toBe(before);
  utimesSync(script, long, long);
  expect(await stamps()).not.toBe(written);
  appendFileSync(agent, "exit 1\n");
  expect(await stamps()).toContain("[17,");
});

test("a machine is another one once a program was installed", async () => {
  const { folder, facts } = createMachine();
  utimesSync(folder, long, long);
  const before = await facts.machine();
  expect(await facts.machine()).toEqual(before);
  writeFileSync(join(folder, "another"), "");
  expect(await facts.machine()).not.toEqual(before);
});

test("the room is that of the folder's disk, though the folder is not there yet", async () => {
  expect(await createMachine().facts.space()).toEqual([expect.any(Number)]);
});
