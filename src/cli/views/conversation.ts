import type { Conversation, Turn } from "../../context/conversation/conversation.ts";
import type { Summary } from "../../context/conversation/summarise.ts";
import { cleanLines, dateTime, formatCount, jsonText, plural, stripControl } from "./text.ts";

/** The conversation for `show --conversation --json`; `summary` is what the next attempt would be told. */
export const conversationResult = (conversation: Conversation, summary: Summary, budgetTokens: number) => ({
  schemaVersion: 1 as const,
  ...conversation,
  summary: { ...summary, budgetTokens },
});
export type ConversationResult = ReturnType<typeof conversationResult>;

/** The conversation as plain text: every turn, then what the next attempt would be told. */
export function renderConversation(result: ConversationResult): string {
  const { runId, phaseId, turns, summary } = result;
  const size = `${plural(summary.tokens, "token")} of ${formatCount(summary.budgetTokens)}`;
  const lines = [
    `${stripControl(phaseId)} in ${stripControl(runId)}: ${turns.length === 0 ? "nothing was asked yet" : plural(turns.length, "turn")}`,
    ...turns.flatMap((turn) => turnLines(turn, runId)),
    "",
    `The next attempt is told (${size}${summary.whole ? "" : ", older detail left out"}):`,
    ...(summary.text === "" ? ["| nothing of earlier attempts"] : quoted(summary.text)),
  ];
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

const quoted = (text: string): string[] => cleanLines(text.trim()).map((line) => `| ${line}`);
const below = (texts: readonly string[]): string[] =>
  texts.flatMap((text) => cleanLines(text)).map((line) => `    ${line}`);

function turnLines(turn: Turn, runId: string): string[] {
  switch (turn.turn) {
    case "asked": {
      const where = turn.runId === runId ? "" : ` of run ${stripControl(turn.runId)}`;
      return [
        "",
        `Attempt ${turn.attempt}${where}, ${dateTime(turn.at)}`,
        `  Asked ${stripControl(turn.builder)}: ${cleanLines(turn.description)[0] ?? ""}`,
        ...below([`to leave ${turn.deliverables.join(", ")}`, `and write only ${turn.write.join(", ")}`]),
      ];
    }
    case "built": {
      const exit = turn.exitCode === null ? "no exit code" : `exit code ${turn.exitCode}`;
      const tokens = turn.tokens === null ? "tokens unknown" : plural(turn.tokens, "token");
      return [
        `  Built: ${exit}, ${tokens}`,
        ...(turn.claim === null ? [] : below([`claimed ${jsonText(turn.claim)}`])),
        ...below(turn.decisions.map((decision) => `decided: ${decision}`)),
      ];
    }
    case "changed":
      return [
        `  Changed: ${turn.fileCount === 0 ? "nothing" : plural(turn.fileCount, "file")}`,
        ...below(
          turn.files.map(
            ({ path, status, lines }) =>
              `${status} ${path}${lines ? ` (+${lines.added} -${lines.removed})` : ""}`,
          ),
        ),
      ];
    case "refused":
      return [
        `  Refused: ${turn.class}, ${stripControl(turn.kind)}`,
        ...below([
          turn.message,
          ...turn.reasons,
          ...turn.evidence.map(({ label, detail }) => `${label}: ${detail}`),
        ]),
      ];
    case "interrupted":
      return [
        `  Interrupted: ${turn.cause}`,
        ...below([
          turn.why,
          ...(turn.rescue === null ? [] : [`kept as ${turn.rescue}`]),
          ...turn.decisions.map((decision) => `decided: ${decision}`),
        ]),
      ];
    case "approved":
    case "rejected":
    case "retried":
      return [
        `  ${turn.turn[0]?.toUpperCase()}${turn.turn.slice(1)}`,
        ...below([turn.said, ...turn.reviews]),
      ];
    case "completed":
      return [`  Complete as ${stripControl(turn.commit)}`];
  }
}
