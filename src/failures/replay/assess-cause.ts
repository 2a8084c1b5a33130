import type { DecidedBy } from "../../domain/decided-by.ts";
import type { FailureKind } from "../../domain/failure.ts";
import { fingerprint } from "../fingerprint.ts";
import { assessPatchFailure } from "./assess-patch.ts";
import type { Cause } from "./attempt.ts";
import type { LogRecord } from "./read-records.ts";

/** What a rule makes of a record: what sort of cause it is, and what tells it from others of its sort. */
export interface Told {
  readonly kind: string;
  readonly decidedBy: DecidedBy;
  /** The kind of ours that it is fingerprinted as. */
  readonly as: FailureKind;
  readonly detail: string;
}

type Rule = readonly [RegExp, (text: string, record: LogRecord, all: readonly LogRecord[]) => Told];

const blocked = /^\[Isolation\] BLOCKED: (.*)/;
const rejection =
  /^(?:\[Isolation\] Patch rejected|\[[^\]]+\] Failed to apply patch to filesystem: Patch rejected)/;

/** Whether the ancestor refused a change because of the paths in it. */
export const isRejection = (record: LogRecord): boolean => rejection.test(record.message);

/** What ends an attempt, tried from its last record to its first; `text` is what the pattern leaves of the message. */
const ending: readonly Rule[] = [
  // [Isolation] Patch rejected - 1 violations (protected paths + scope)
  [
    rejection,
    (text, _, all) => ({
      kind: "protected-path",
      decidedBy: "host",
      as: "protected-path",
      detail: listed(all.map(({ message }) => blocked.exec(message)?.[1])) || text,
    }),
  ],
  // [p] Deliverables manifest gate FAILED: Expected paths include entries outside allowed_roots. sample=['a'] roots=[…]
  [
    /^\[[^\]]+\] Deliverables manifest gate FAILED(?: \(batch \d+\))?: /,
    (text) => ({
      kind: "plan-gate",
      decidedBy: "host",
      as: "plan-refused",
      detail: text.replace(/ roots=.*/s, ""),
    }),
  ],
  // [p] Failed to apply patch to filesystem: error: patch failed: src/a.py:1
  [/^\[[^\]]+\] Failed to apply patch to filesystem: /, assessPatchFailure],
  // [p] ❌ DELIVERABLES VALIDATION FAILED
  [
    /^\[[^\]]+\] (?:\S+ )?Deliverables validation failed/i,
    (_, record, all) => ({
      kind: "deliverables-missing",
      decidedBy: "output",
      as: "deliverable-missing",
      detail: listed([...missingIn(record.lines), ...all.map(({ message }) => bullet.exec(message)?.[1])]),
    }),
  ],
  // [p] Builder failed: No valid file changes generated
  [/^\[[^\]]+\] Builder failed: /, (text) => assessBuilder(text)],
  // [p] CI checks FAILED: 7/9 passed, 2 failed, 0 errors
  [
    /^\[[^\]]+\] CI checks FAILED: /,
    (text) => ({ kind: "tests-failed", decidedBy: "output", as: "tests-failed", detail: spellDigits(text) }),
  ],
  // [p] Execution failed: 'AutonomousExecutor' object has no attribute 'db'
  [
    /^\[[^\]]+\] Execution failed: /,
    (text) =>
      assessProvider(text) ?? {
        kind: "orchestrator-error",
        decidedBy: "host",
        as: "orchestrator-error",
        detail: text,
      },
  ],
];

const ownApi = /^(?:\[[^\]]+\] )?(?:Patch validation failed \(|Failed to post builder result: )([45]\d\d)\b/;
/** The ancestor's own API: on the same machine, or by its paths. */
const ownAddress = /\b(?:localhost|127\.0\.0\.1)\b|\/runs\/[^/\s]+\/phases\//;
const missingHeading = /^\S* ?MISSING FILES:/;
const bullet = /^\[[^\]]+\] +- (.+)/;

/**
 * The cause of a failed attempt from its errors and warnings. A crash after a change was rejected is a consequence of
 * that; a refusal of the ancestor's own API that did not end the attempt counts where nothing else did.
 */
export function assessCause(records: readonly LogRecord[], status: string | undefined): Cause {
  const told = endOf(records) ?? lastResort(records);
  if (!told)
    return {
      kind: "not-stated",
      decidedBy: "unknown",
      message: status ? `the log says ${status} and no more` : "the log gives no reason",
    };
  const message = `${told.kind}: ${told.detail}`.slice(0, mostMessage);
  return {
    kind: told.kind,
    decidedBy: told.decidedBy,
    message: told.detail.slice(0, mostMessage),
    fingerprint: fingerprint({ kind: told.as, message, evidence: [] }),
  };
}

const mostMessage = 1000;

function endOf(records: readonly LogRecord[]): Told | undefined {
  let crash: Told | undefined;
  for (const record of records.toReversed())
    for (const [pattern, assess] of ending) {
      if (!pattern.test(record.message)) continue;
      const told = assess(record.message.replace(pattern, ""), record, records);
      if (crash && told.kind !== "protected-path") continue;
      if (told.kind !== "orchestrator-error") return told;
      crash = told;
    }
  return crash;
}

function lastResort(records: readonly LogRecord[]): Told | undefined {
  const refused = records.findLast(({ message }) => ownApi.test(message));
  const error = records.findLast(({ level }) => level !== "WARNING" && level !== "WARN");
  if (error && !ownApi.test(error.message)) {
    const detail = [error.message.replace(/^\[[^\]]+\] /, ""), ...error.lines.slice(0, 20)].join("\n").trim();
    return assessProvider(detail) ?? { kind: "unknown", decidedBy: "unknown", as: "builder-failed", detail };
  }
  if (!refused) return undefined;
  const code = ownApi.exec(refused.message)?.[1] ?? "";
  return {
    kind: "own-api-refused",
    decidedBy: "host",
    as: "orchestrator-error",
    detail: `status ${spellDigits(code)}`,
  };
}

function assessBuilder(text: string): Told {
  const provider = assessProvider(text);
  if (provider) return provider;
  if (/empty_patch|no changes|No valid file changes/i.test(text))
    return { kind: "no-change", decidedBy: "output", as: "no-change", detail: text };
  if (/invalid format|JSON|truncated|max_tokens|malformed/i.test(text))
    return { kind: "output-invalid", decidedBy: "output", as: "builder-result-invalid", detail: text };
  return { kind: "builder-failed", decidedBy: "unknown", as: "builder-failed", detail: text };
}

const statusCode =
  /\b(?:Error code: |HTTP[ /](?:\d\.\d )?|status(?: code)?[ :=]+)(\d{3})\b|\b(\d{3}) (?:Server|Client) Error\b/i;
const outage =
  /rate.?limit|overloaded|timed out|timeout|connection (?:aborted|reset|refused|error)|ConnectionError|RemoteDisconnected|temporarily unavailable/i;

/** What a provider answered, or that it did not; undefined where the text speaks of no provider. */
function assessProvider(text: string): Told | undefined {
  if (/credit balance|insufficient_quota|billing/i.test(text))
    return { kind: "quota-spent", decidedBy: "host", as: "tokens-exhausted", detail: text };
  const match = statusCode.exec(text);
  if (ownAddress.test(text) && (match || outage.test(text)))
    return { kind: "own-api-refused", decidedBy: "host", as: "orchestrator-error", detail: text };
  const code = Number(match?.[1] ?? match?.[2] ?? Number.NaN);
  if (code === 429 || code >= 500 || (!match && outage.test(text)))
    return { kind: "provider-unavailable", decidedBy: "provider", as: "provider-unavailable", detail: text };
  if (code >= 400) return { kind: "request-rejected", decidedBy: "host", as: "builder-failed", detail: text };
  return undefined;
}

function missingIn(lines: readonly string[]): (string | undefined)[] {
  const from = lines.findIndex((line) => missingHeading.test(line));
  if (from === -1) return [];
  const after = lines.slice(from + 1);
  const end = after.findIndex((line) => !line.trimStart().startsWith("- "));
  return (end === -1 ? after : after.slice(0, end)).map((line) => line.trim().slice(2));
}

const listed = (items: readonly (string | undefined)[]): string =>
  [...new Set(items.filter((item) => item !== undefined))].toSorted().join(", ");

/** Counts are all that tells these causes apart, and a fingerprint takes numbers out: as letters they stay. */
const spellDigits = (text: string): string =>
  text.replaceAll(/\d/g, (digit) => "abcdefghij"[Number(digit)] ?? digit);
