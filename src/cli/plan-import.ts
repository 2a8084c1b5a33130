import { dirname, join, resolve } from "node:path";
import { mostImportBytes } from "../config.ts";
import { AppError, type ExitCode, exitCodes } from "../domain/app-error.ts";
import { decodeText } from "../plan/document.ts";
import { findFormat, importPlan } from "../plan/importers/import-plan.ts";
import { renderPlan } from "../plan/importers/render-plan.ts";
import type { ImportFault } from "../plan/importers/source-plan.ts";
import { quote } from "../plan/wording.ts";
import { createFiles } from "../platform/files.ts";
import type { CommandContext } from "./command-context.ts";
import { importedLines } from "./views/plan-import.ts";

interface ImportOptions {
  readonly from?: string;
  readonly output?: string;
  readonly json?: boolean;
}

/** Makes a plan of another tool's tasks. Needs no repository; what is there is not overwritten. */
export async function importFile(
  context: CommandContext,
  file: string,
  options: ImportOptions,
): Promise<ExitCode> {
  const { terminal } = context;
  const files = createFiles();
  const path = resolve(context.directory, file);
  const output = options.output === undefined ? undefined : resolve(context.directory, options.output);
  if (output !== undefined && (await files.stat(output)) !== null) throw alreadyThere(output);
  const text = await readText(path, file);
  if (text === null) throw refusal("no-such-file", `there is no file ${quote(file)}`, "Correct the path.");
  const format = findFormat(text, options.from);
  if (!format.ok) throw refused(file, format.error);
  const beside = new Map<string, string>();
  for (const name of format.value.besides) {
    const found = await readText(join(dirname(path), name), name);
    if (found !== null) beside.set(name, found);
  }
  const imported = importPlan({ file: path, text, beside }, format.value);
  if (!imported.ok) throw refused(file, imported.error);
  const yaml = renderPlan(imported.value, `Imported from ${file}: ${format.value.title}.`);
  if (output !== undefined) await files.write(output, yaml);
  const { document, notes, phases, withoutDeliverables } = imported.value;
  if (options.json)
    terminal.printJson({
      schemaVersion: 1,
      format: format.value.name,
      ...(output === undefined ? {} : { written: output }),
      phases,
      withoutDeliverables,
      notes,
      plan: document,
    });
  else {
    if (output === undefined) terminal.print(yaml);
    // With the plan on stdout, what is for the person must not get between.
    const tell = output === undefined ? terminal.note : terminal.print;
    for (const line of importedLines(imported.value, { file, output: options.output })) tell(line);
  }
  return exitCodes.complete;
}

async function readText(path: string, shown: string): Promise<string | null> {
  const data = await createFiles()
    .read(path, mostImportBytes)
    .catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error;
      throw refusal("not-readable", error.message, "Name a regular file of another tool.");
    });
  if (data === null) return null;
  const text = decodeText(data);
  if (text.ok) return text.value;
  throw refused(shown, { line: text.error.line, message: `it ${text.error.what}` });
}

const refused = (file: string, { line, message }: ImportFault): AppError =>
  refusal(
    "import-refused",
    `${quote(file)}, line ${line}: ${message}`,
    "Mend the file, or name its format with `--from`; `autopack plan import --help` lists them.",
  );

const alreadyThere = (path: string): AppError =>
  refusal("already-there", `${quote(path)} is there already`, "Name another file, or move that one away.");

const refusal = (code: string, message: string, action: string): AppError =>
  new AppError({ code, message, action, exitCode: exitCodes.plan });
