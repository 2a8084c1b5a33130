import type { Conversation, RefusedTurn, Turn } from "./conversation.ts";

/** A conversation as a builder reads it. */
export interface Summary {
  /** Markdown; empty where there is nothing to tell. */
  readonly text: string;
  /** As `estimateTokens` counts them. */
  readonly tokens: number;
  /** Whether nothing was left out. */
  readonly whole: boolean;
}

const charsPerToken = 4;

/**
 * Tokens of a text, as a rule of thumb that holds for English prose and code on the tokenizers in use, and needs none
 * of them: four characters each, rounded up. It errs by a quarter at most there; other scripts take more.
 */
export const estimateTokens = (text: string): number => Math.ceil(text.length / charsPerToken);

/** A part of the text that is kept whole or left out; the texts of all of them, in order, are the whole text. */
interface Piece {
  readonly text: string;
  /** The lower, the longer it is kept: by level, then by age (0 is the newest attempt), then by place. */
  readonly rank: readonly [level: number, age: number, place: number];
}

const heading = "## What was tried before; do not repeat what failed\n";
const cutMark = "\n(Older detail is left out.)\n";
const longestMessage = 600;
const longestLine = 300;

/** The last goes first. */
const levels = { always: 0, openDetail: 1, decisions: 2, outcomes: 3, details: 4 } as const;
const always: Piece["rank"] = [levels.always, 0, 0];

/**
 * What of a conversation helps the next attempt, in at most `budgetTokens`: first the oldest detail is left out, then
 * the outcomes of older attempts, then decisions, then what belongs to the open failures. Constraints and the open
 * failures themselves are never left out, even where the budget is too small for them. The same conversation and
 * budget give the same text, and a larger budget keeps all that a smaller one does.
 */
export function summariseConversation(conversation: Conversation, budgetTokens: number): Summary {
  const pieces = piecesOf(conversation);
  if (pieces.length === 0) return { text: "", tokens: 0, whole: true };
  const whole = heading + pieces.map(({ text }) => text).join("");
  if (whole.length <= budgetTokens * charsPerToken)
    return { text: whole, tokens: estimateTokens(whole), whole: true };

  const isCuttable = ({ rank }: Piece) => rank[0] !== levels.always;
  const kept = new Set(pieces.filter((piece) => !isCuttable(piece)));
  let room = budgetTokens * charsPerToken - heading.length - cutMark.length;
  for (const { text } of kept) room -= text.length;
  for (const piece of pieces.filter(isCuttable).toSorted(compareRanks)) {
    room -= piece.text.length;
    if (room < 0) break;
    kept.add(piece);
  }
  const left = pieces.filter((piece) => kept.has(piece)).map(({ text }) => text);
  const isWhole = left.length === pieces.length;
  const text = heading + left.join("") + (isWhole ? "" : cutMark);
  return { text, tokens: estimateTokens(text), whole: isWhole };
}

const compareRanks = ({ rank: a }: Piece, { rank: b }: Piece): number =>
  a[0] - b[0] || a[1] - b[1] || a[2] - b[2];

function piecesOf(conversation: Conversation): Piece[] {
  const attempts = groupTurns(conversation.turns).filter(isTold);
  const { constraints, decisions } = conversation;
  if (attempts.length === 0 && constraints.length === 0 && decisions.length === 0) return [];
  const nameOf = ({ runId, attempt }: { readonly runId: string; readonly attempt: number }) =>
    `Attempt ${attempt}${runId === conversation.runId ? "" : ` of the earlier run ${runId}`}`;
  return [
    ...titled(
      "Rules that were broken, and what people said: they hold",
      constraints.map((text) => ({ text: `- ${oneLine(text)}\n`, rank: always })),
    ),
    ...titled(
      "What earlier builders decided",
      decisions.map((decision, index) => ({
        text: `- ${nameOf(decision)}: ${oneLine(decision.text)}\n`,
        rank: [levels.decisions, decisions.length - 1 - index, 0],
      })),
    ),
    ...attempts.flatMap((turns, index) =>
      attemptPieces(turns, nameOf, conversation.open, attempts.length - 1 - index),
    ),
  ];
}

/** A title stays as long as one of the pieces below it. */
function titled(title: string, pieces: readonly Piece[]): Piece[] {
  const [last] = pieces.toSorted(compareRanks);
  return last ? [{ text: `\n### ${title}\n`, rank: last.rank }, ...pieces] : [];
}

function groupTurns(turns: readonly Turn[]): Turn[][] {
  const groups: Turn[][] = [];
  for (const turn of turns) {
    if (turn.turn === "asked") groups.push([]);
    groups.at(-1)?.push(turn);
  }
  return groups;
}

/** An attempt that has not ended has nothing to tell, nor one that a provider turned away. */
const isTold = (turns: readonly Turn[]): boolean =>
  turns.some(
    (turn) =>
      turn.turn === "interrupted" ||
      turn.turn === "completed" ||
      (turn.turn === "refused" && turn.class !== "transient"),
  );

function attemptPieces(
  turns: readonly Turn[],
  nameOf: (turn: Turn) => string,
  open: readonly RefusedTurn[],
  age: number,
): Piece[] {
  const [asked] = turns;
  if (asked?.turn !== "asked") return [];
  const isOpen = turns.some((turn) => turn.turn === "refused" && open.includes(turn));
  const title = `\n### ${nameOf(asked)} (builder ${asked.builder}): ${outcomeOf(turns)}\n`;
  // What helps most comes first: why it was refused.
  const refused = turns.filter((turn) => turn.turn === "refused");
  const details = [...refused, ...turns.filter((turn) => turn.turn !== "refused")].flatMap(detailsOf);
  const level = isOpen ? levels.openDetail : levels.details;
  return [
    { text: title, rank: isOpen ? always : [levels.outcomes, age, 0] },
    ...details.flatMap(({ texts, fromEnd }, index) =>
      texts.map((text, place): Piece => {
        // What a program printed is kept from its end, below its label.
        const order = fromEnd && place > 0 ? texts.length - place : place;
        return { text, rank: [level, age, index + order / texts.length] };
      }),
    ),
  ];
}

interface Detail {
  readonly texts: readonly string[];
  readonly fromEnd?: boolean;
}

function detailsOf(turn: Turn): Detail[] {
  switch (turn.turn) {
    case "built":
      return turn.claim === null ? [] : [{ texts: lines(`It claimed: ${turn.claim}`) }];
    case "changed":
      return [{ texts: lines(changeText(turn)) }];
    case "refused":
      return refusalDetails(turn);
    default:
      return [];
  }
}

function refusalDetails({ message, evidence, reasons }: RefusedTurn): Detail[] {
  const told = [message, ...evidence.map(({ detail }) => detail)];
  const rest = message.slice(longestMessage);
  const others = reasons.filter((reason) => !told.some((text) => text.includes(reason)));
  return [
    ...(rest === "" ? [] : [{ texts: lines(rest) }]),
    ...evidence.map(({ label, detail }) => ({
      texts: [`${label}:\n`, ...lines(detail)],
      fromEnd: label === "output",
    })),
    ...(others.length === 0 ? [] : [{ texts: others.flatMap((reason) => lines(`- ${oneLine(reason)}`)) }]),
  ];
}

function outcomeOf(turns: readonly Turn[]): string {
  for (const turn of turns.toReversed()) {
    if (turn.turn === "completed") return "complete";
    if (turn.turn === "interrupted") return `cut off, and not there any more: ${oneLine(turn.why)}`;
    if (turn.turn === "refused") return `${turn.kind}\n${oneMessage(turn.message)}`;
  }
  return "not ended";
}

function oneMessage(message: string): string {
  return message.length > longestMessage ? `${message.slice(0, longestMessage)} …` : message;
}

const oneLine = (text: string): string => text.replaceAll(/\s*\n\s*/g, " ").trim();

function changeText({ fileCount, files }: Extract<Turn, { turn: "changed" }>): string {
  if (fileCount === 0) return "It changed nothing.";
  const listed = files.map(({ path, status, lines: count }) =>
    count ? `${status} ${path} (+${count.added} -${count.removed})` : `${status} ${path}`,
  );
  const more = fileCount - files.length;
  return `It changed: ${listed.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Whole lines with their ends, long ones in pieces. */
function lines(text: string): string[] {
  return text
    .replace(/\n+$/, "")
    .split("\n")
    .flatMap((line) => {
      const parts = line.match(new RegExp(`.{1,${longestLine}}`, "gsu")) ?? [""];
      return parts.map((part, index) => (index === parts.length - 1 ? `${part}\n` : part));
    });
}
