import type { PassedOver } from "../../domain/chain.ts";
import type { Isolation } from "../../domain/isolation.ts";
import { showIsolation } from "./isolation.ts";
import { codeBlock, codeCell, codeSpan, escapeMarkdown, markdownTable } from "./markdown.ts";
import type { Report, ReportPhase } from "./report.ts";
import { type FailureView, showCounts, showSpend } from "./run-facts.ts";
import { cleanLines, dateTime, formatDuration, plural } from "./text.ts";

const text = escapeMarkdown;
const code = codeSpan;

/** The report as Markdown. Whatever a plan, builder or check put into the run is shown and never obeyed. */
export function renderReport(report: Report): string {
  const sections = [
    head(report),
    phaseTable(report),
    rootCauses(report),
    notComplete(report),
    foundInComplete(report),
    steps(report),
    notTried(report),
    tokens(report),
    claims(report),
    certificates(report),
    delivery(report),
  ];
  return `${sections
    .filter((section) => section.length > 0)
    .map((section) => section.join("\n"))
    .join("\n\n")}\n`;
}

function head(report: Report): string[] {
  const evidence = report.evidence
    ? [`> This is a ${text(report.purpose)} run. It is kept as evidence and counts in no metric of work.`, ""]
    : [];
  const time =
    report.startedAt === null
      ? "not started"
      : report.endedAt === null
        ? `started ${dateTime(report.startedAt)}, not ended`
        : `${dateTime(report.startedAt)} to ${dateTime(report.endedAt)}, ${formatDuration((report.seconds ?? Number.NaN) * 1000)}`;
  return [
    `# Report of run ${code(report.runId)}`,
    "",
    ...evidence,
    `**${showCounts(report.counts)}.**`,
    "",
    `- Goal: ${text(report.goal)}`,
    `- Purpose: ${text(report.purpose)}`,
    `- State: ${text(report.state)}${report.reason ? `, ${text(report.reason)}` : ""}${report.why ? `: ${text(report.why)}` : ""}`,
    ...(report.waiting
      ? [
          `- Waits on: ${text(report.waiting.on)}, ${text(report.waiting.why)}${report.waiting.until ? `, until ${dateTime(report.waiting.until)}` : ""}`,
        ]
      : []),
    ...(report.continues === undefined ? [] : [`- Continues: run ${code(report.continues)}`]),
    `- Base: ${code(report.base.ref)} at ${code(report.base.commit)}`,
    `- Head: ${code(report.head)}`,
    `- Time: ${time}`,
  ];
}

const phaseTable = (report: Report): string[] => [
  "## Phases",
  "",
  ...markdownTable(
    ["Phase", "Name", "State", "Attempts", "Tokens", "Cause"],
    report.phases.map((phase) => [
      codeCell(phase.phaseId),
      text(phase.name),
      phase.state,
      String(phase.attempts),
      showSpend(phase.tokens),
      phaseCause(phase),
    ]),
  ),
];

function phaseCause(phase: ReportPhase): string {
  if (phase.blockedBy !== undefined) return `blocked by ${codeCell(phase.blockedBy)}`;
  if (phase.certifiedIn !== undefined) return `proven in run ${codeCell(phase.certifiedIn)}`;
  return phase.failure ? `${text(phase.failure.class)}, ${codeCell(phase.failure.kind)}` : "";
}

const rootCauses = ({ rootCauses: groups }: Report): string[] =>
  groups.length === 0
    ? []
    : [
        "## Root causes",
        "",
        ...groups.map(
          ({ attribute, value, phases, fingerprints }) =>
            `- ${text(attribute)} ${code(value)}: behind ${plural(fingerprints, "failure")} in ${phases.map(code).join(", ")}`,
        ),
      ];

const isOpenState = (state: string) => ["queued", "executing", "verifying", "gated", "asked"].includes(state);
const isUntried = (phase: ReportPhase) =>
  phase.state === "blocked" || (isOpenState(phase.state) && phase.attempts === 0);

function notComplete(report: Report): string[] {
  const phases = report.phases.filter(
    (phase) => phase.state !== "complete" && phase.state !== "skipped" && !isUntried(phase),
  );
  if (phases.length === 0) return [];
  return [
    "## Not complete",
    ...phases.flatMap((phase) => [
      "",
      `### ${code(phase.phaseId)}: ${phase.state}`,
      "",
      ...(phase.reviews ? reviewLines(report.runId, phase, phase.reviews) : causeLines(phase)),
      ...(phase.state === "asked" ? reviewLines(report.runId, phase, [askedFor]) : []),
      ...foundLines(phase),
      ...(phase.because === undefined ? [] : [`- Why it ended: ${text(phase.because)}`]),
      `- Attempts: ${phase.attempts === 0 ? "none, no builder was called" : phase.attempts}`,
      `- Tokens: ${showSpend(phase.tokens)}`,
    ]),
  ];
}

/** What was accepted or found in phases that are complete all the same: known failures, flaky tests, coverage. */
function foundInComplete(report: Report): string[] {
  const phases = report.phases.filter(
    ({ state, approvals = [], found }) => state === "complete" && approvals.length + found.length > 0,
  );
  if (phases.length === 0) return [];
  return [
    "## Found in complete phases",
    ...phases.flatMap((phase) => [
      "",
      `### ${code(phase.phaseId)}`,
      "",
      ...(phase.approvals ?? []).map(
        ({ by, reason, reviews }) =>
          `- Approved by ${text(by)}, because “${text(reason)}”: ${text(reviews.map(({ message }) => message).join("; "))}`,
      ),
      ...foundLines(phase),
    ]),
  ];
}

const askedFor = "is it to be tried again? Nothing else is left to do about it";

/** How phases went on after failures, where that was more than trying again. */
function steps(report: Report): string[] {
  const phases = report.phases.filter(
    ({ steps: taken, passedOver = [] }) =>
      passedOver.length > 0 ||
      taken.some(({ step, passedOver: not = [] }) => step !== "retry" || not.length > 0),
  );
  if (phases.length === 0) return [];
  const notTaken = (passedOver: readonly PassedOver[] = []) =>
    passedOver.map(({ step, why }) => `  - Not taken: ${step}: ${text(why)}`);
  return [
    "## Steps after failures",
    ...phases.flatMap((phase) => [
      "",
      `### ${code(phase.phaseId)}`,
      "",
      ...phase.steps.flatMap(({ attempt, builder, step, because, passedOver }) => [
        `- Attempt ${attempt}: ${step}, builder ${code(builder)}, because ${text(because)}`,
        ...notTaken(passedOver),
      ]),
      ...(phase.passedOver
        ? [
            `- Then ${phase.state === "asked" ? "a person is asked" : "it ended"}`,
            ...notTaken(phase.passedOver),
          ]
        : []),
    ]),
  ];
}

const causeLines = ({ failure }: ReportPhase): string[] =>
  failure ? failureLines(failure) : ["- Cause: none recorded, it has not ended"];

const reviewLines = (runId: string, { phaseId }: ReportPhase, reviews: readonly string[]): string[] => [
  ...reviews.map((review) => `- Waits for a person: ${text(review)}`),
  `- Next: \`autopack approve ${runId} ${phaseId} --reason "..."\`, or \`autopack reject\` alike.`,
];

const foundLines = ({ found }: ReportPhase): string[] =>
  found.length === 0 ? [] : ["- Found:", "", ...codeBlock(found.join("\n"), "  "), ""];

const failureLines = (failure: FailureView): string[] => [
  `- Cause: ${text(failure.class)}, ${code(failure.kind)}: ${text(failure.meaning)}`,
  `- Message: ${text(failure.message)}`,
  ...failure.evidence.flatMap(({ label, detail }) =>
    cleanLines(detail).length > 1
      ? [`- Evidence, ${text(label)}:`, "", ...codeBlock(detail, "  "), ""]
      : [`- Evidence, ${text(label)}: ${code(detail)}`],
  ),
  `- Fingerprint: ${code(failure.fingerprint)}`,
  `- Next: ${failure.action}`,
];

function notTried(report: Report): string[] {
  const phases = report.phases.filter(isUntried);
  if (phases.length === 0) return [];
  return [
    "## Not tried, and why",
    "",
    ...phases.map((phase) => `- ${code(phase.phaseId)}: ${whyUntried(phase)}`),
  ];
}

function whyUntried(phase: ReportPhase): string {
  if (phase.blockedBy === undefined) return "its turn did not come";
  const by = `blocked by ${code(phase.blockedBy)}`;
  const root = phase.rootCause;
  if (!root) return `${by}${phase.because ? `: ${text(phase.because)}` : ""}`;
  const state = root.state === "failed" ? "failed" : `is ${text(root.state)}`;
  const cause = root.kind
    ? `${state} (${code(root.kind)}): ${text(root.message ?? "")}`
    : `${state}${phase.because ? `: ${text(phase.because)}` : ""}`;
  return root.phaseId === phase.blockedBy
    ? `${by}, which ${cause}`
    : `${by}; the root cause is ${code(root.phaseId)}, which ${cause}`;
}

function tokens(report: Report): string[] {
  const { tokens: spent } = report;
  return [
    "## Tokens",
    "",
    ...markdownTable(
      ["Where", "Spent"],
      [
        ["In complete phases", showSpend(spent.inCompletePhases)],
        ["In failed or blocked phases", showSpend(spent.inFailedPhases)],
        ["In unfinished phases", showSpend(spent.inUnfinishedPhases)],
        ["All", showSpend(spent.total)],
        ["Of all, in attempts that failed", showSpend(spent.inAttemptsThatFailed)],
        ["Of all, in attempts cut off", showSpend(spent.inAttemptsCutOff)],
      ],
    ),
  ];
}

const claims = (report: Report): string[] =>
  report.claimsNotProven.length === 0
    ? []
    : [
        "## Claimed and not proven",
        "",
        ...report.claimsNotProven.map(
          ({ phaseId, attempt, claim, found }) =>
            `- ${code(phaseId)}, attempt ${attempt}, claimed: “${text(claim)}”. Found: ${text(found)}`,
        ),
      ];

function certificates(report: Report): string[] {
  const proven = report.phases.flatMap(({ phaseId, certificate }) =>
    certificate ? [{ phaseId, certificate }] : [],
  );
  if (proven.length === 0) return [];
  return [
    "## Certificates",
    "",
    ...markdownTable(
      ["Phase", "Tree", "Commit", "Checks that passed"],
      proven.map(({ phaseId, certificate }) => [
        codeCell(phaseId),
        codeCell(certificate.tree),
        codeCell(certificate.commit),
        certificate.checks.map((check) => text(check.name)).join(", ") || "none",
      ]),
    ),
    "",
    ...heldBy(proven),
  ];
}

/** One line for all phases that were held alike. */
function heldBy(
  proven: readonly { readonly phaseId: string; readonly certificate: { readonly isolation: Isolation } }[],
): string[] {
  const phases = new Map<string, string[]>();
  for (const { phaseId, certificate } of proven) {
    const how = showIsolation(certificate.isolation);
    phases.set(how, [...(phases.get(how) ?? []), phaseId]);
  }
  return [...phases].map(
    ([how, ids]) => `- Held by ${text(how)}${phases.size > 1 ? `: ${ids.map(code).join(", ")}` : ""}`,
  );
}

function delivery(report: Report): string[] {
  const { status, branch, commit, why, commands } = report.delivery;
  const block = commands.length > 0 ? ["", ...codeBlock(commands.join("\n"))] : [];
  const says = {
    published: `The work is on branch ${code(branch ?? "")}. To merge it:`,
    refused: `Branch ${code(branch ?? "")} could not be published: ${text(why ?? "")}. To get the work all the same:`,
    "not-published": `The work is commit ${code(commit)}, on no branch of yours. To get it:`,
    "nothing-to-merge": "Nothing to merge: the head is the base.",
    "not-ended": `The run has not ended; ${plural(report.counts.complete, "phase")} of it ${report.counts.complete === 1 ? "is" : "are"} proven so far.`,
  };
  return ["## Result", "", says[status], ...block];
}
