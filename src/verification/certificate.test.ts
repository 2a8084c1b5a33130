import { describe, expect, it } from "vitest";
import type { Certificate, CheckResult, Environment } from "../domain/certificate.ts";
import type { Isolation } from "../domain/isolation.ts";
import {
  assessCertificate,
  type CertificateLookups,
  createCertificate,
  environmentDigest,
} from "./certificate.ts";

const isolation: Isolation = {
  sandbox: "bubblewrap 0.8.0",
  files: "listed",
  processes: "own namespace",
  limits: "sampled",
  memoryBytes: 1_000_000_000,
  processCount: 100,
  builder: { network: "full", readable: [], writable: [] },
  readable: [],
};
const open: Isolation = { ...isolation, sandbox: null, files: "not limited", processes: "group and mark" };
const environment: Environment = {
  os: "linux",
  arch: "x64",
  node: "v24.21.0",
  git: "2.47.0",
  autopack: "0.1.0",
  isolation,
};
const check: CheckResult = {
  name: "test",
  kind: "check",
  argv: ["npm", "test"],
  cwd: ".",
  outcome: "passed",
  exitCode: 0,
  network: "loopback",
  startedAt: "2026-06-15T00:00:00.000Z",
  durationMs: 5,
  log: { path: "logs/test.log", sha256: "a".repeat(64), bytes: 3, truncated: false },
  tail: "ok",
};
const facts = {
  runId: "r1",
  phaseId: "p1",
  attempt: 1,
  tree: "t1",
  commit: "c1",
  onto: "c0",
  checks: [check],
  deliverables: ["src/a.ts"],
  environment,
  startedAt: "2026-06-15T00:00:00.000Z",
  endedAt: "2026-06-15T00:01:00.000Z",
  ledgerHead: { seq: 7, hash: "h7" },
};
const certificate = createCertificate(facts);
const intact: CertificateLookups = {
  commit: async () => ({ tree: "t1", parents: ["c0"] }),
  trailer: async () => ({ seq: 7, hash: "h7" }),
  eventHash: async () => "h7",
  logHash: async () => "a".repeat(64),
};
const assess = (given: Partial<Certificate>, lookups: Partial<CertificateLookups> = {}) =>
  assessCertificate({ ...certificate, ...given }, { ...intact, ...lookups });

describe("a certificate", () => {
  it("is made of the facts, with the environment's digest", () => {
    expect(certificate).toEqual({ version: 1, ...facts, environmentDigest: environmentDigest(environment) });
  });
  it.each<[string, CheckResult[]]>([
    ["no check", []],
    ["setup alone", [{ ...check, kind: "setup" }]],
    ["a failed check", [check, { ...check, outcome: "failed", exitCode: 1 }]],
    ["an inconclusive check", [{ ...check, outcome: "inconclusive", exitCode: null }]],
    ["a pass that did not exit with 0", [{ ...check, exitCode: 1 }]],
  ])("is not made with %s", (_, checks) => {
    expect(() => createCertificate({ ...facts, checks })).toThrow(/cannot be certified/);
  });
  it("has a digest that does not depend on the order of keys", () => {
    const reversed = Object.fromEntries(Object.entries(environment).reverse()) as unknown as Environment;
    expect(environmentDigest(reversed)).toBe(environmentDigest(environment));
    expect(environmentDigest({ ...environment, isolation: open })).not.toBe(environmentDigest(environment));
  });
});

describe("a certificate that is checked again", () => {
  it("holds when nothing changed", async () => expect(await assess({})).toEqual([]));
  it.each<[string, Partial<Certificate>, Partial<CertificateLookups>, RegExp]>([
    ["its commit is gone", {}, { commit: async () => null }, /c1 does not exist/],
    [
      "its commit carries another tree",
      {},
      { commit: async () => ({ tree: "t2", parents: ["c0"] }) },
      /tree t2, not t1/,
    ],
    [
      "its commit has another parent",
      {},
      { commit: async () => ({ tree: "t1", parents: ["c9"] }) },
      /not made on c0/,
    ],
    [
      "its commit is a merge",
      {},
      { commit: async () => ({ tree: "t1", parents: ["c0", "c9"] }) },
      /not made on c0 alone/,
    ],
    ["the trailer is missing", {}, { trailer: async () => null }, /does not name event 7/],
    [
      "the trailer names another hash",
      {},
      { trailer: async () => ({ seq: 7, hash: "x" }) },
      /does not name event 7/,
    ],
    [
      "the trailer names another event",
      {},
      { trailer: async () => ({ seq: 8, hash: "h7" }) },
      /does not name event 7/,
    ],
    ["the ledger lost the event", {}, { eventHash: async () => null }, /Event 7 of run r1 does not exist/],
    [
      "the ledger has another event",
      {},
      { eventHash: async () => "x" },
      /Event 7 of run r1 has another hash/,
    ],
    ["a log is gone", {}, { logHash: async () => null }, /log of test, logs\/test\.log, is gone/],
    ["a log was edited", {}, { logHash: async () => "b".repeat(64) }, /was changed since/],
    [
      "a check did not pass",
      { checks: [{ ...check, outcome: "failed", exitCode: 1 }] },
      {},
      /test is recorded as failed, exit code 1/,
    ],
    ["it names no check", { checks: [] }, {}, /names no check/],
    [
      "the environment was edited",
      { environment: { ...environment, isolation: open } },
      {},
      /digest does not match/,
    ],
  ])("does not hold when %s, and says so", async (_, given, lookups, sentence) => {
    const discrepancies = await assess(given, lookups);
    expect(discrepancies).toHaveLength(1);
    expect(discrepancies[0]).toMatch(sentence);
  });
  it("tells all that does not hold", async () => {
    const nothing = async () => null;
    expect(
      await assess({}, { commit: nothing, trailer: nothing, eventHash: nothing, logHash: nothing }),
    ).toHaveLength(4);
  });
});
