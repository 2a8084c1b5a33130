import type { LogEntry } from "../build-log.ts";
import { codeSpan, escapeMarkdown } from "./markdown.ts";
import { formatCount, plural } from "./text.ts";

const mostFiles = 20;
const longestDetail = 500;

/** The history, a section for each day. */
export function logMarkdown(entries: readonly LogEntry[]): string {
  const days = Map.groupBy(entries, ({ at }) => at?.slice(0, 10) ?? "Without a time");
  const lines = ["# Build log"];
  if (entries.length === 0) lines.push("", "Nothing has happened yet.");
  for (const [day, ofDay] of days) lines.push("", `## ${day}`, "", ...ofDay.flatMap(entryLines));
  return lines.join("\n");
}

function entryLines(entry: LogEntry): string[] {
  const { at, commit, files } = entry;
  const time = at === null ? "" : `${at.slice(11, 19)}Z `;
  const detail = escapeMarkdown(entry.detail.slice(0, longestDetail));
  const facts = [
    ...(detail === "" ? [] : [detail]),
    ...tokenFacts(entry),
    ...(commit === null ? [] : [`commit ${codeSpan(commit.slice(0, 12))}`]),
  ];
  const more = files.length > mostFiles ? [`  - and ${plural(files.length - mostFiles, "more file")}`] : [];
  return [
    `- ${time}${sentenceOf(entry)}${facts.length === 0 ? "" : `: ${facts.join("; ")}`}`,
    ...files.slice(0, mostFiles).map((path) => `  - ${codeSpan(path)}`),
    ...more,
  ];
}

function tokenFacts({ tokens, attemptsWithUnknownTokens: unknown }: LogEntry): string[] {
  const attempts = unknown === 0 ? [] : [`tokens unknown for ${plural(unknown, "attempt")}`];
  return [...(tokens === null ? [] : [`${formatCount(tokens)} tokens`]), ...attempts];
}

function sentenceOf({ what, runId, phaseId, outcome }: LogEntry): string {
  const subject = codeSpan(phaseId === null ? runId : `${runId}/${phaseId}`);
  const state = outcome === null ? "without a recorded state" : `**${escapeMarkdown(outcome)}**`;
  switch (what) {
    case "run-began":
      return `run ${subject} began`;
    case "run-ended":
      return `run ${subject} ended ${state}`;
    case "phase-ended":
      return `phase ${subject} ended ${state}`;
    case "disposition":
      return `${subject}: disposition ${state}`;
  }
}
