import { isCi } from "./ci.ts";
import { cut, type Draft } from "./draft.ts";
import type { JudgedChange, JudgedFile } from "./read-change.ts";
import { readSettings, type Settings } from "./settings.ts";
import { isHarmless, readSwallows, runsCheck, type ShellText, type Swallow } from "./shell.ts";

interface Part extends ShellText {
  /** The line of the file before its first. */
  readonly offset: number;
}

const isShell = (path: string, text: string): boolean =>
  /\.(?:sh|bash|zsh|ksh)$|(?:^|\/)\.husky\/[^/.]+$/.test(path) ||
  /^#!.*\b(?:ba|z|k|da)?sh\b/.test(text.slice(0, 80));
const isMake = (path: string): boolean => /(?:^|\/)(?:GNU)?[Mm]akefile[^/]*$|\.mk$/.test(path);
const isTox = (path: string): boolean => /(?:^|\/)tox\.ini$/.test(path);

/** The scripts in a file. */
async function partsOf(path: string, text: string): Promise<{ parts: Part[]; loose: Swallow[] }> {
  const none = { parts: [], loose: [] };
  if (/(?:^|\/)package\.json$/.test(path) || (isCi(path) && /\.ya?ml$/.test(path))) {
    const settings = await readSettings(path, text);
    return settings ? partsOfSettings(settings, path) : none;
  }
  if (isTox(path)) {
    const settings = await readSettings(path, text);
    const lines = [...(settings ?? [])]
      .filter(([key]) => /(?:^| > )commands$/.test(key))
      .flatMap(([, { values, line }]) => values.map((value) => ({ value: String(value), line })));
    return {
      parts: lines.map(({ value, line }) => ({
        text: value.replace(/^-\s*/, ""),
        isLine: true,
        offset: line - 1,
      })),
      loose: await ignoredLines(lines, /^-\s*(.+)$/),
    };
  }
  if (isMake(path)) {
    const lines = text
      .split("\n")
      .flatMap((line, index) => (line.startsWith("\t") ? [{ value: line.slice(1), line: index + 1 }] : []));
    return {
      parts: lines.map(({ value, line }) => ({
        text: value.replace(/^[@+-]+\s*/, ""),
        isLine: true,
        offset: line - 1,
      })),
      loose: await ignoredLines(lines, /^[@+]*-[@+]*\s*(.+)$/),
    };
  }
  return isShell(path, text) ? { parts: [{ text, isLine: false, offset: 0 }], loose: [] } : none;
}

/** Lines with the mark that makes the tool go on after a failure. */
async function ignoredLines(
  lines: readonly { value: string; line: number }[],
  mark: RegExp,
): Promise<Swallow[]> {
  const found: Swallow[] = [];
  for (const { value, line } of lines) {
    const command = mark.exec(value)?.[1];
    if (command !== undefined && (await runsCheck(command)))
      found.push({ line, how: "a leading `-`", command, severity: "block" });
  }
  return found;
}

function partsOfSettings(settings: Settings, path: string): { parts: Part[]; loose: Swallow[] } {
  const isPackage = path.endsWith("package.json");
  const key = isPackage
    ? /^scripts > /
    : /(?:^| > )(?:run|script|before_script|after_script|command|bash|sh)$/;
  const parts = [...settings]
    .filter(([name]) => key.test(name))
    .flatMap(([, { values, line }]) =>
      values.map((value): Part => ({ text: String(value), isLine: isPackage, offset: line - 1 })),
    );
  const loose = isPackage
    ? []
    : [...settings]
        .filter(
          ([name, { values }]) =>
            /(?:^| > )(?:continue-on-error|allow_failure|continueOnError)$/.test(name) &&
            values.some((value) => value === true),
        )
        .flatMap(([name, { values, line }]) =>
          values
            .filter((value) => value === true)
            .map(
              (): Swallow => ({
                line,
                how: `\`${name.split(" > ").at(-1)}: true\``,
                command: name.replace(/ > [^>]*$/, ""),
                severity: "review",
              }),
            ),
        );
  return { parts, loose };
}

async function swallowsOf(path: string | null, text: string | null): Promise<Swallow[]> {
  if (path === null || text === null) return [];
  const { parts, loose } = await partsOf(path, text);
  const found = [...loose];
  for (const part of parts)
    for (const one of await readSwallows(part)) found.push({ ...one, line: one.line + part.offset });
  return found;
}

const checkNames =
  /^(?:test|tests|lint|check|types|typecheck|type-check|verify|ci|coverage|posttest|pretest|e2e|unit|integration)(?:[:_-].*)?$/;

/** Scripts of package.json that ran a check and now run nothing that can fail. */
async function hollowScripts({ path, oldText, newText }: JudgedFile): Promise<Draft[]> {
  if (!/(?:^|\/)package\.json$/.test(path) || oldText === null || newText === null) return [];
  const [before, after] = [await readSettings(path, oldText), await readSettings(path, newText)];
  if (!before || !after) return [];
  const drafts: Draft[] = [];
  const commands = new Set(
    [...after].filter(([key]) => key.startsWith("scripts > ")).map(([, { values }]) => String(values[0])),
  );
  for (const [key, old] of before) {
    const name = key.startsWith("scripts > ") ? key.slice("scripts > ".length) : "";
    const was = String(old.values[0]);
    if (!checkNames.test(name) || !((await runsCheck(was)) || !(await isHarmless(was)))) continue;
    const now = after.get(key);
    const add = (severity: Draft["severity"], message: string) =>
      drafts.push({ severity, path, line: now?.line ?? 1, message });
    if (!now) {
      const isUsed = [...commands].some((command) => command.includes(was) || command === `npm run ${name}`);
      if (/^tests?$/.test(name) && !isUsed) add("review", `the script "${name}" is gone`);
    } else if (await isHarmless(String(now.values[0])))
      add("block", `the script "${name}" runs nothing that can fail: ${cut(String(now.values[0]))}`);
  }
  return drafts;
}

/** What a check is called by: its program, or what a starter of programs was told to start. */
const headOf = (command: string): string => {
  const words = command
    .replace(/^!\s*/, "")
    .split(/\s+/)
    .filter((word) => !/=|^(?:npx|python3?|-m|cross-env|env|time)$/.test(word));
  return /^(?:npm|pnpm|yarn|bun|make|cargo|go|node)$/.test(words[0] ?? "")
    ? words.slice(0, 3).join(" ")
    : (words[0] ?? "");
};

/** Whether the check ran before with its failure coming out, and no longer does so anywhere in the file. */
function wasStrict(
  { oldText, newText }: JudgedFile,
  command: string,
  before: readonly Swallow[],
  after: readonly Swallow[],
): boolean {
  const head = headOf(command);
  const strict = (text: string | null, lost: readonly Swallow[]) =>
    (text ?? "").split(head).length - lost.filter((one) => headOf(one.command) === head).length;
  return (
    oldText !== null &&
    head !== "" &&
    oldText.includes(head) &&
    strict(newText, after) < strict(oldText, before)
  );
}

/** Scripts in which the failure of a check no longer comes out. */
export async function assessExitCodes(change: JudgedChange): Promise<Draft[]> {
  const key = ({ how, command }: Swallow) => `${how}\n${command}`;
  const [before, after]: [Swallow[], Swallow[]] = [[], []];
  const [known, found]: [Map<string, number>, { file: JudgedFile; swallow: Swallow }[]] = [new Map(), []];
  const drafts: Draft[] = [];
  for (const file of change.files) {
    for (const one of await swallowsOf(file.oldPath, file.oldText)) {
      known.set(key(one), (known.get(key(one)) ?? 0) + 1);
      before.push(one);
    }
    for (const swallow of await swallowsOf(file.newPath, file.newText)) {
      found.push({ file, swallow });
      after.push(swallow);
    }
    drafts.push(...(await hollowScripts(file)));
  }
  for (const { file, swallow } of found) {
    const left = known.get(key(swallow)) ?? 0;
    known.set(key(swallow), left - 1);
    if (left > 0) continue;
    const { line, how, command } = swallow;
    const severity =
      swallow.severity === "block" && !wasStrict(file, command, before, after) ? "review" : swallow.severity;
    drafts.push({ severity, path: file.path, line, message: `a failure is lost by ${how}: ${cut(command)}` });
  }
  return drafts;
}
