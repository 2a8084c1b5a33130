import { expect, test } from "vitest";
import type { PinnedBuilder } from "../domain/events.ts";
import { accountOf, accountsOf } from "./accounts.ts";

const builder = (
  name: string,
  env: readonly string[],
  argv: [string, ...string[]] = ["agent"],
): PinnedBuilder => ({
  kind: "command",
  name,
  argv,
  env,
  reportsUsage: false,
  reach: { network: "full", readable: [], writable: [] },
});
const using = (variables: Readonly<Record<string, string>>) => ({
  variablesOf: (pinned: PinnedBuilder) =>
    pinned.kind === "command"
      ? Object.fromEntries(pinned.env.map((name) => [name, variables[name] ?? ""]))
      : {},
});
const secret = "sk-a-long-secret";
const world = using({ GITHUB_TOKEN: "g", ANTHROPIC_API_KEY: secret, OPENAI_API_KEY: "o", MODEL: "large" });

test("builders share an account by the key that they are let see, whatever they are called and run", () => {
  const one = accountOf(world, builder("one", ["GITHUB_TOKEN", "ANTHROPIC_API_KEY"]));
  const two = accountOf(world, builder("two", ["ANTHROPIC_API_KEY"], ["other-agent"]));
  expect(one?.key).toBe(two?.key);
  expect(one?.key).toMatch(/^ANTHROPIC_API_KEY [0-9a-f]{4}$/);
  expect(one?.builder).not.toBe(two?.builder);
  expect(accountOf(world, builder("one", ["OPENAI_API_KEY"]))?.key).not.toBe(one?.key);
  const rotated = using({ ANTHROPIC_API_KEY: "another" });
  expect(accountOf(rotated, builder("one", ["ANTHROPIC_API_KEY"]))?.key).not.toBe(one?.key);
  expect(JSON.stringify(one)).not.toContain(secret);
});

test("without a key that is set, a builder is its own account, and a script too", () => {
  const login = builder("claude", ["ANTHROPIC_API_KEY"]);
  expect(accountOf(using({}), login)?.key).toBe("builder claude");
  const script = (sha256: string): PinnedBuilder => ({
    kind: "scripted",
    name: "scripted",
    path: "s.yaml",
    sha256,
    content: "",
    reportsUsage: true,
    reach: { network: "full", readable: [], writable: [] },
  });
  expect(accountsOf(world, script("a".repeat(64)))).not.toEqual(accountsOf(world, script("b".repeat(64))));
  expect(accountsOf(world, undefined)).toEqual([]);
});
