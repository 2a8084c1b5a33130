import type { SetupCacheUse } from "../../domain/certificate.ts";
import type { RunState } from "../../domain/fold.ts";
import { chosenLines, passedOverLines } from "./chain.ts";
import { showIsolation } from "./isolation.ts";
import { type AttemptDetail, type PhaseDetail, phaseDetail } from "./phase-detail.ts";
import { type FailureView, showSpend } from "./run-facts.ts";
import { cleanLines, dateTime, elapsed, formatCount, formatDuration, plural, stripControl } from "./text.ts";
import { checkFactLines, inspectionLines } from "./verification.ts";

/** A kept output that the caller read: `path` as the ledger names it, relative to the artifacts folder. */
export interface LogText {
  readonly path: string;
  readonly text: string;
}

/** Everything known of a phase as plain text; undefined when the run has no such phase. */
export function renderPhase(
  state: RunState,
  phaseId: string,
  logs: readonly LogText[] = [],
): string | undefined {
  const detail = phaseDetail(state, phaseId);
  if (!detail) return undefined;
  const lines = [
    ...phaseHead(detail),
    ...detail.attempts.flatMap((attempt) => ["", ...attemptLines(attempt, logs)]),
    ...(detail.certificate ? ["", ...certificateLines(detail)] : []),
    ...(detail.failure ? ["", ...endLines(detail, detail.failure)] : []),
  ];
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

const clean = (text: string | undefined): string => stripControl(text ?? "");
const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

/** The failure itself is not told twice where the last attempt ended with the same. */
function endLines(detail: PhaseDetail, failure: FailureView): string[] {
  const told = detail.attempts.at(-1)?.failure?.fingerprint === failure.fingerprint;
  return [
    `${detail.state === "asked" ? "Waits for a person" : "Failed"}: ${clean(detail.because)}`,
    ...passedOverLines(detail.passedOver ?? []),
    ...(told ? [] : failureLines(failure)),
  ];
}

function phaseHead(detail: PhaseDetail): string[] {
  const root = detail.rootCause;
  return [
    `${clean(detail.phaseId)}: ${clean(detail.name)}`,
    `State: ${detail.state}`,
    ...(detail.blockedBy === undefined
      ? []
      : [
          `Blocked by: ${clean(detail.blockedBy)}`,
          ...(root ? [`Root cause: ${clean(rootText(root))}`] : [`Cause: ${clean(detail.because)}`]),
        ]),
    ...(detail.certifiedIn === undefined ? [] : [`Proven in run: ${clean(detail.certifiedIn)}`]),
    ...(detail.notBefore === undefined ? [] : [`Waits until: ${dateTime(detail.notBefore)}`]),
    `Attempts: ${detail.attempts.length === 0 ? "none" : detail.attempts.length} (limit ${detail.attemptLimit})`,
    `Tokens: ${showSpend(detail.tokens)}`,
  ];
}

const rootText = (root: NonNullable<PhaseDetail["rootCause"]>): string =>
  `${root.phaseId}, ${root.state}${root.kind ? `, ${root.kind}: ${root.message ?? ""}` : ""}`;

function attemptLines(attempt: AttemptDetail, logs: readonly LogText[]): string[] {
  const took =
    attempt.endedAt === null
      ? attempt.reviews.length > 0
        ? "waits for a person"
        : "under way"
      : `${attempt.outcome}, ${formatDuration(elapsed(attempt.startedAt, attempt.endedAt))}`;
  return [
    `Attempt ${attempt.attempt}: ${took}`,
    ...indented([
      `Started: ${dateTime(attempt.startedAt)}`,
      `Base: ${clean(attempt.base)}`,
      `Builder: ${clean(attempt.builder)}${buildText(attempt)}`,
      ...(attempt.part ? [`Part: ${attempt.part.number} of ${attempt.part.of}`] : []),
      ...(attempt.chosen ? chosenLines(attempt.chosen) : []),
      ...logLines(attempt.build?.log ?? null, logs),
      `Claimed: ${attempt.claim === null ? "nothing" : `“${clean(attempt.claim)}”`}`,
      `Found: ${clean(attempt.found)}`,
      ...changeLines(attempt),
      ...checkLines(attempt, logs),
      ...attempt.reviews.map(({ message }) => `Waits for a person: ${clean(message)}`),
      ...attempt.approvals.flatMap(({ by, reason, at, reviews }) => [
        `Approved by ${clean(by)} at ${dateTime(at)}: “${clean(reason)}”`,
        ...reviews.map(({ message }) => `  ${clean(message)}`),
      ]),
      ...(attempt.failure ? failureLines(attempt.failure) : []),
      ...(attempt.interruption?.rescue ? [`Kept as: ${clean(attempt.interruption.rescue.ref)}`] : []),
    ]),
  ];
}

function buildText(attempt: AttemptDetail): string {
  const { build } = attempt;
  const reported = attempt.interruption?.tokens ?? null;
  if (!build) return `, no end recorded${reported === null ? "" : `, ${plural(reported, "token")}`}`;
  const exit = build.exitCode === null ? "no exit code" : `exit code ${build.exitCode}`;
  const unknown = attempt.counted > 0 ? `, counted as ${formatCount(attempt.counted)}` : "";
  const tokens = build.tokens === null ? `tokens unknown${unknown}` : plural(build.tokens, "token");
  const failure = build.failure ? `, ${clean(build.failure.kind)}: ${clean(build.failure.message)}` : "";
  return `, ${exit}, ${formatDuration(build.durationMs)}, ${tokens}${failure}`;
}

function changeLines({ change, violations, grantsUsed }: AttemptDetail): string[] {
  if (!change) return ["Change: not read"];
  const unlisted = change.fileCount - change.files.length;
  return [
    `Change: ${change.fileCount === 0 ? "none" : plural(change.fileCount, "file")}, tree ${clean(change.tree)}`,
    ...change.files.map((file) => `  ${file.status} ${clean(file.path)}`),
    ...(unlisted > 0 ? [`  and ${unlisted} more`] : []),
    ...(violations ?? []).map(
      ({ kind, path, message }) => `Rule broken: ${clean(kind)}, ${clean(path)}: ${clean(message)}`,
    ),
    ...grantsUsed.map(
      ({ path, reason, expires }) =>
        `Grant used: ${clean(path)}, because “${clean(reason)}”, until ${clean(expires)}`,
    ),
  ];
}

function checkLines({ verification }: AttemptDetail, logs: readonly LogText[]): string[] {
  if (!verification) return ["Checks: none were run"];
  const again = verification.round > 1 ? `, round ${verification.round}` : "";
  return [
    `Checks on tree ${clean(verification.tree)}${again}:`,
    ...verification.checks.flatMap((check) => [
      `  ${clean(check.name)}: ${check.outcome}, ${check.exitCode === null ? "no exit code" : `exit code ${check.exitCode}`}, ${formatDuration(check.durationMs)}${check.why === undefined ? "" : `: ${clean(check.why)}`}`,
      `    $ ${clean(check.command)}`,
      ...cacheLines(check.cache).map((line) => `    ${line}`),
      ...indented(indented(checkFactLines(check).map(clean))),
      ...indented(indented(logLines(check.log, logs, check.logTruncated))),
    ]),
    ...(verification.inspection ? inspectionLines(verification.inspection).map(clean) : []),
    `Gate: ${verification.decision ?? "not decided"}`,
    ...verification.reasons.map((reason) => `  ${clean(reason)}`),
  ];
}

const cacheLines = (cache: SetupCacheUse | undefined): string[] =>
  cache
    ? [
        `Setup cache: ${cache.use} ${clean(cache.key)}`,
        `Ran at ${dateTime(cache.madeAt)} for ${formatDuration(cache.madeInMs)}, in a workspace of its own`,
      ]
    : [];

function logLines(path: string | null, logs: readonly LogText[], truncated = false): string[] {
  if (path === null) return [];
  const text = logs.find((log) => log.path === path)?.text;
  return [
    `Log: ${clean(path)}${truncated ? " (its middle is missing)" : ""}`,
    ...(text === undefined ? [] : cleanLines(text.replace(/\r?\n$/, "")).map((line) => `| ${line}`)),
  ];
}

const failureLines = (failure: FailureView): string[] => [
  `Failure: ${clean(failure.class)}, ${clean(failure.kind)} (${clean(failure.meaning)})`,
  `  ${clean(failure.message)}`,
  ...failure.evidence.flatMap(({ label, detail }) => {
    const [first = "", ...rest] = cleanLines(detail);
    return [`  ${clean(label)}: ${first}`, ...rest.map((line) => `    ${line}`)];
  }),
  `  Fingerprint: ${clean(failure.fingerprint)}`,
  `  Next: ${clean(failure.action)}`,
];

function certificateLines({ certificate }: PhaseDetail): string[] {
  if (!certificate) return [];
  return [
    `Certificate of attempt ${certificate.attempt} in run ${clean(certificate.runId)}:`,
    ...indented([
      `Tree: ${clean(certificate.tree)}`,
      `Commit: ${clean(certificate.commit)}`,
      `Onto: ${clean(certificate.onto)}`,
      `Environment: ${clean(certificate.environmentDigest)}`,
      `Held by: ${showIsolation(certificate.isolation)}`,
      ...certificate.checks.map(
        (check) =>
          `Check: ${clean(check.name)}, exit code ${check.exitCode ?? "none"}, network ${check.network}: ${clean(check.command)}${check.cache ? ` (setup cache ${clean(check.cache.key)}, ran ${dateTime(check.cache.madeAt)})` : ""}`,
      ),
    ]),
  ];
}
