import type { RepositoryEvent, Stored } from "../../domain/events.ts";
import { describeInput } from "../../failures/breaker/describe-input.ts";
import type { Limit } from "../../failures/breaker/limits.ts";
import type { Breaker } from "../../failures/breaker/registry.ts";
import { layTable } from "./terminal.ts";
import { dateTime, plural, stripControl } from "./text.ts";

/** The breakers for `--json`. */
export const breakersOf = (breakers: readonly Breaker[]) =>
  breakers.map((breaker) => ({ state: stateOf(breaker), ...breaker }));

const stateOf = ({ openedAt, decidedBy, probing }: Breaker): "open" | "counting" | "waiting" | "probing" => {
  if (openedAt === undefined) return "counting";
  if (decidedBy !== "provider") return "open";
  return probing ? "probing" : "waiting";
};

/** What became of one cause, in order. */
export function historyOf(events: readonly Stored<RepositoryEvent>[], fingerprint: string) {
  return events.flatMap((event) => {
    if (hasNoFingerprint(event)) return [];
    if (event.data.fingerprint !== fingerprint) return [];
    return [{ seq: event.seq, at: event.at, type: event.type, what: whatHappened(event) }];
  });
}

const silent = ["test-flaked", "success-recorded", "turn-taken", "provider-served"] as const;
type Silent = Extract<RepositoryEvent, { type: (typeof silent)[number] }>;
const hasNoFingerprint = (event: Stored<RepositoryEvent>): event is Stored<Silent> =>
  (silent as readonly string[]).includes(event.type);

function whatHappened(event: Exclude<RepositoryEvent, Silent>): string {
  switch (event.type) {
    case "failure-recorded":
      return `attempt ${event.data.attempt} at ${event.data.phaseId} in run ${event.data.runId} failed`;
    case "probe-started":
      return `run ${event.data.runId} began a probe`;
    case "probe-ended":
      return `the probe ${event.data.passed ? "passed" : "failed"}: ${event.data.why}`;
    case "provider-limited":
      return `attempt ${event.data.attempt} at ${event.data.phaseId} in run ${event.data.runId} was refused: nobody asks before ${event.data.until}`;
    case "breaker-reset":
      return `reset by ${event.data.by}: ${event.data.reason}`;
  }
}

export function renderBreakers(
  breakers: readonly Breaker[],
  limits: readonly Limit[],
  { columns }: { readonly columns: number },
): string {
  const limited = limits.map((limit) => `${stripControl(limitLine(limit))}\n`).join("");
  if (breakers.length === 0) return limited || "Nothing is closed off.\n";
  const rows = breakers.map((breaker) =>
    [
      breaker.fingerprint,
      stateOf(breaker),
      `${breaker.count} of ${breaker.opensAt}`,
      breaker.failure.kind,
      `${breaker.scope.kind} ${breaker.scope.name}`,
      breaker.failure.message,
    ].map(stripControl),
  );
  const header = ["FINGERPRINT", "STATE", "SEEN", "KIND", "SCOPE", "MESSAGE"];
  const table = `${layTable([header, ...rows], { columns, flexible: 5 }).join("\n")}\n`;
  return limited === "" ? table : `${table}\n${limited}`;
}

const limitLine = ({ account, until, failure, fingerprint }: Limit): string =>
  `Nobody with ${account} asks its provider before ${dateTime(until)}: ${failure.kind}, ${fingerprint}`;

export function renderBreaker(
  fingerprint: string,
  breakers: readonly Breaker[],
  limits: readonly Limit[],
  history: ReturnType<typeof historyOf>,
): string {
  const lines = [
    fingerprint,
    ...(breakers.length + limits.length === 0 ? ["  closes nothing off now"] : []),
    ...breakers.flatMap(breakerLines),
    ...limits.flatMap((limit) => [
      "",
      `  ${limitLine(limit)}`,
      `  Reset:    autopack breaker reset ${fingerprint} --reason "..."`,
    ]),
    "",
    "History:",
    ...history.map(({ at, what }) => `  ${dateTime(at)}  ${what}`),
  ];
  return `${lines.map((line) => (line === "" ? "" : indented(line))).join("\n")}\n`;
}

/** Text of outside on one harmless line, its own indentation kept. */
const indented = (line: string): string => `${/^ */.exec(line)?.[0] ?? ""}${stripControl(line)}`;

function breakerLines(breaker: Breaker): string[] {
  const { failure, scope, inputs, decidedBy, count, opensAt, notBefore, fingerprint } = breaker;
  const state = stateOf(breaker);
  const left = opensAt - count;
  const meaning = {
    open: "closed off until one of its inputs changes",
    counting: `closed off after ${plural(left, "more failure")} like it`,
    waiting: `a probe goes first${notBefore === undefined ? "" : `, not before ${dateTime(notBefore)}`}`,
    probing: "a probe is under way",
  }[state];
  return [
    "",
    `  State:    ${state}, ${meaning}`,
    `  Failure:  ${failure.kind}: ${failure.message}`,
    `  Decided:  ${decidedBy === "unknown" ? "by nobody knows whom" : `by the ${decidedBy}`}`,
    `  Scope:    ${scope.kind} ${scope.name}`,
    "  Inputs:",
    ...Object.entries(inputs).map(
      ([name, value]) => `    ${name.padEnd(14)}${value}  ${describeInput(name)}`,
    ),
    ...(state === "counting" ? [] : [`  Reset:    autopack breaker reset ${fingerprint} --reason "..."`]),
  ];
}
