import { createHash } from "node:crypto";
import { canonicalJson } from "../domain/canonical.ts";
import type { Certificate, CheckResult, Environment } from "../domain/certificate.ts";

/** SHA-256 of the environment's canonical JSON, in hex. */
export const environmentDigest = (environment: Environment): string =>
  createHash("sha256").update(canonicalJson(environment)).digest("hex");

/**
 * The proof of a completed phase.
 *
 * @throws Error when not every check passed, or there was none: such a phase is not complete, and whoever asks
 * has passed by the gate.
 */
export function createCertificate(facts: Omit<Certificate, "version" | "environmentDigest">): Certificate {
  const [objection] = assessChecks(facts.checks);
  if (objection !== undefined) throw new Error(`phase ${facts.phaseId} cannot be certified: ${objection}`);
  return { version: 1, ...facts, environmentDigest: environmentDigest(facts.environment) };
}

/** Where a certificate is compared with what is there now. Each answers null for what does not exist. */
export interface CertificateLookups {
  /** The tree and the parents of a commit. */
  commit(commit: string): Promise<{ readonly tree: string; readonly parents: readonly string[] } | null>;
  /** What the trailer of a commit names as the ledger's head. */
  trailer(commit: string): Promise<{ readonly seq: number; readonly hash: string } | null>;
  /** The hash of an event of a run's stream. */
  eventHash(runId: string, seq: number): Promise<string | null>;
  /** SHA-256 in hex of a log, by its path in the artifacts folder. */
  logHash(path: string): Promise<string | null>;
}

/** What of a certificate does not hold any more, or never did: sentences, none when it holds. */
export async function assessCertificate(
  certificate: Certificate,
  lookups: CertificateLookups,
): Promise<string[]> {
  return [
    ...assessChecks(certificate.checks),
    ...(environmentDigest(certificate.environment) === certificate.environmentDigest
      ? []
      : ["The environment's digest does not match the environment."]),
    ...(await assessCommit(certificate, lookups)),
    ...(await assessLedgerHead(certificate, lookups)),
    ...(await assessLogs(certificate, lookups)),
  ];
}

function assessChecks(checks: readonly CheckResult[]): string[] {
  const notPassed = checks.filter((check) => !hasPassed(check) && !isExcused(check));
  return [
    ...(checks.some((check) => check.kind !== "setup") ? [] : ["It names no check that ran."]),
    ...notPassed.map(
      (check) => `${check.name} is recorded as ${check.outcome}, exit code ${check.exitCode ?? "none"}.`,
    ),
  ];
}

const hasPassed = ({ outcome, exitCode }: CheckResult): boolean => outcome === "passed" && exitCode === 0;

/** A failure is excused by what was compared with the baseline, and by nothing that is merely said. */
const isExcused = ({ outcome, excused, tests, diagnostics }: CheckResult): boolean =>
  outcome === "failed" &&
  excused !== undefined &&
  (tests?.changes["new-failure"] === 0 || (diagnostics?.freshCount === 0 && diagnostics.knownCount > 0));

async function assessCommit(
  { commit, tree, onto }: Certificate,
  lookups: CertificateLookups,
): Promise<string[]> {
  const found = await lookups.commit(commit);
  if (!found) return [`The commit ${commit} does not exist.`];
  return [
    ...(found.tree === tree ? [] : [`The commit ${commit} carries the tree ${found.tree}, not ${tree}.`]),
    ...(found.parents.length === 1 && found.parents[0] === onto
      ? []
      : [`The commit ${commit} was not made on ${onto} alone.`]),
  ];
}

async function assessLedgerHead(
  { commit, runId, ledgerHead }: Certificate,
  lookups: CertificateLookups,
): Promise<string[]> {
  const trailer = await lookups.trailer(commit);
  const hash = await lookups.eventHash(runId, ledgerHead.seq);
  return [
    ...(trailer?.seq === ledgerHead.seq && trailer.hash === ledgerHead.hash
      ? []
      : [`The commit ${commit} does not name event ${ledgerHead.seq} as the ledger's head.`]),
    ...(hash === ledgerHead.hash
      ? []
      : [
          `Event ${ledgerHead.seq} of run ${runId} ${hash === null ? "does not exist" : "has another hash"}.`,
        ]),
  ];
}

async function assessLogs({ checks }: Certificate, lookups: CertificateLookups): Promise<string[]> {
  const compared = checks.map(async ({ name, log }) => {
    const hash = await lookups.logHash(log.path);
    if (hash === log.sha256) return [];
    return [`The log of ${name}, ${log.path}, ${hash === null ? "is gone" : "was changed since"}.`];
  });
  return (await Promise.all(compared)).flat();
}
