import { parseLine } from "./line-formats.ts";
import type { RawDiagnostic } from "./place.ts";

/** What was said before the line at hand, and belongs to it. */
interface Block {
  /** The file under whose name the next lines stand. */
  file: string | null;
  /** A complaint whose place is still to come. */
  complaint: Pick<RawDiagnostic, "severity" | "rule" | "message"> | null;
  /** A place whose complaint is still to come. */
  place: Pick<RawDiagnostic, "path" | "line" | "column" | "rule"> | null;
  /** Whether the complaint's place, where it has one, stands in the very next line. */
  isHeading: boolean;
}

const fileAlone = /^(?<path>[^\s:][^:]{0,400}\.\w{1,12}):?$/;
/** ESLint's stylish and its likes; ruff's grouped: `1:2  error  message  rule`. */
const underFile =
  /^ {1,6}(?<line>\d+):(?<column>\d+) {1,8}(?:(?<severity>error|warning) {1,8}(?<message>.*?)(?:(?<! ) {2,}(?<rule>[@\w/()-]+))?|(?<code>[A-Z]{1,6}\d{1,6}) (?:\[\*\] )?(?<said>.*))$/;
/** oxlint: `× plugin(rule): message`, and biome's complaint under its heading. */
const marked = /^ {0,4}(?<severity>[×x✖!⚠]) (?:(?<rule>[\w@/-]+\([\w@/-]+\)): )?(?<message>.+)$/;
const oxlintPlace = /^ *(?:╭─|,-)\[(?<path>.+?):(?<line>\d+):(?<column>\d+)\]/;
/** biome: `a.ts:1:2 lint/group/rule  FIXABLE  ━━━`. */
const biomeHeading =
  /^(?<path>[^\s:][^:]{0,400}?)(?::(?<line>\d+):(?<column>\d+))? (?<rule>[a-z]+(?:\/\w+){0,3}) +(?:[A-Z]+ +)*━{3,}$/;
/** rustc and ruff: the complaint, and in the next line ` --> a.rs:1:2`. */
const headed =
  /^(?:(?<severity>error|warning)(?:\[(?<code>\w+)\])?: |(?<rule>[A-Z]{1,6}\d{1,6}|[a-z]+(?:-[a-z]+)*:?) (?:\[\*\] )?)(?<message>.+)$/;
const arrow = /^ *--> (?<path>.+?):(?<line>\d+):(?<column>\d+)$/;
/** esbuild and Vite: `✘ [ERROR] message`, then the place. */
const esbuild = /^[✘▲X] \[(?<severity>ERROR|WARNING)\] (?<message>.+)$/;
const placeAlone = /^ {2,6}(?<path>[^\s:][^:]{0,400}\.\w{1,12}):(?<line>\d+):(?<column>\d+):$/;
/** Python's own: the place, and after the source the error. */
const pythonPlace = /^ {0,4}File "(?<path>[^"]+)", line (?<line>\d+)(?:, in .*)?$/;
const pythonError = /^(?:Sorry: )?(?<rule>SyntaxError|IndentationError|TabError): (?<message>.+)$/;

type Groups = Readonly<Record<string, string | undefined>>;

const number = (text: string | undefined): number | null => (text === undefined ? null : Number(text));
const placeOf = ({ path = "", line, column }: Groups) => ({
  path,
  line: number(line),
  column: number(column),
});
const complaintOf = ({ severity = "error", rule, code, message = "" }: Groups) => ({
  severity,
  rule: (code ?? rule)?.replace(/:$/, "") ?? null,
  message,
});
/** Says that others were said. */
const summary = /^(could not compile|aborting due to|build failed|process completed|command failed|lint)/i;

/** Reads the text output of compilers and linters, line by line. */
export function* parseLines(lines: Iterable<string>): Generator<RawDiagnostic> {
  const block: Block = { file: null, complaint: null, place: null, isHeading: false };
  for (const line of lines) if (line.trim() !== "") yield* parseInBlock(line, block);
  yield* withoutPlace(block);
}

function* parseInBlock(line: string, block: Block): Generator<RawDiagnostic> {
  const place = (arrow.exec(line) ?? oxlintPlace.exec(line) ?? placeAlone.exec(line))?.groups;
  if (place && block.complaint) {
    yield { ...block.complaint, ...placeOf(place) };
    block.complaint = null;
    return;
  }
  yield* withoutPlace(block);

  const heading = ((line.endsWith("━") ? biomeHeading.exec(line) : null) ?? pythonPlace.exec(line))?.groups;
  if (heading) {
    block.place = { ...placeOf(heading), rule: heading["rule"] ?? null };
    return;
  }
  const said = (marked.exec(line) ?? pythonError.exec(line))?.groups;
  if (said) {
    const complaint = complaintOf(said);
    if (block.place) yield { ...complaint, ...block.place, rule: block.place.rule ?? complaint.rule };
    else block.complaint = complaint;
    block.place = null;
    return;
  }
  const row = block.file === null ? undefined : underFile.exec(line)?.groups;
  if (row && block.file !== null) {
    yield {
      ...complaintOf({ ...row, message: row["message"] ?? row["said"] }),
      ...placeOf({ ...row, path: block.file }),
    };
    return;
  }
  const whole = parseLine(line);
  if (whole) {
    yield whole;
    return;
  }
  if (!/^\s/.test(line)) block.file = fileAlone.exec(line)?.groups?.["path"] ?? null;
  const head = (esbuild.exec(line) ?? headed.exec(line))?.groups;
  if (!head) return;
  block.complaint = complaintOf(head);
  block.isHeading = head["severity"] !== undefined;
}

/** An error whose place did not follow has none. */
function* withoutPlace(block: Block): Generator<RawDiagnostic> {
  const { complaint, isHeading } = block;
  if (!isHeading || !complaint) return;
  block.complaint = null;
  block.isHeading = false;
  if (complaint.severity.toString().toLowerCase() === "error" && !summary.test(complaint.message))
    yield { ...complaint, path: "", line: null, column: null };
}
