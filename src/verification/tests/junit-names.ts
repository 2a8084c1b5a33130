import type { ReportPaths } from "./report-path.ts";

export interface Suite {
  readonly name: string;
  readonly file: string | undefined;
}

interface CasePlace {
  readonly file: string | null;
  /** The file as the report has it. */
  readonly printed: string | null;
  /** What follows the file in a dotted class name; null where the class name is of another kind. */
  readonly classes: readonly string[] | null;
}

export type Attributes = Readonly<Record<string, string>>;

/** The file of a `<testcase>`: told by an attribute, or else by a class or suite name that is a path or a module. */
export function fileOf(
  attributes: Attributes,
  suites: readonly Suite[],
  paths: ReportPaths,
  tool: string,
): CasePlace {
  const own =
    attributes["file"] ?? attributes["filepath"] ?? (tool === "vitest" ? attributes["classname"] : undefined);
  const printed = own ?? suites.findLast((suite) => suite.file !== undefined)?.file;
  const { classname = "", name = "" } = attributes;
  if (printed !== undefined)
    return { file: paths.toFile(printed), printed, classes: classesAfter(printed, classname) };
  for (const text of [classname, ...suites.map((suite) => suite.name).reverse()]) {
    const file = paths.toTestFile(text);
    if (file !== null) return { file, printed: text, classes: null };
  }
  const module = paths.toModule((classname || name).replaceAll("$", "."));
  return {
    file: module?.file ?? null,
    printed: null,
    classes: module && classname !== "" ? module.rest : null,
  };
}

/** `tests.test_a.TestB` of `tests/test_a.py` is in the class `TestB`. */
function classesAfter(printed: string, classname: string): readonly string[] | null {
  if (!printed.endsWith(".py")) return null;
  const module = printed.slice(0, -3).replaceAll(/[\\/]/g, ".");
  if (classname === module) return [];
  return classname.startsWith(`${module}.`) ? classname.slice(module.length + 1).split(".") : null;
}

/**
 * Suites and name of a `<testcase>`, without what only repeats the file, the tool or one another. The name is null
 * where the element stands for the file as a whole.
 */
export function namesOf(
  attributes: Attributes,
  suites: readonly Suite[],
  place: CasePlace,
  paths: ReportPaths,
  tool: string,
): { readonly suite: readonly string[]; readonly name: string | null } {
  const { classname = "" } = attributes;
  const name = (tool === "node" ? readTwice(attributes["name"]) : attributes["name"])?.trim() ?? "";
  const isFile = (text: string) =>
    text === place.printed ||
    (place.file !== null && /[./\\]/.test(text) && paths.toFile(text) === place.file);
  const isWhole =
    name === "" ||
    (place.file !== null && isFile(name)) ||
    (tool === "pytest" && attributes["classname"] === "");
  if (isWhole) return { suite: [], name: null };

  const names = suites.map((suite) => (tool === "node" ? readTwice(suite.name) : suite.name));
  const nested = names.filter((each) => each !== "" && each !== tool && !isFile(each));
  const repeats =
    classname.trim() === name ||
    classname === names.join(".") ||
    names.includes(classname) ||
    (tool === "node" && classname === "test");
  const classes = place.classes ?? (repeats || classname === "" || isFile(classname) ? [] : [classname]);
  // vitest writes suites and name as one.
  const parts = tool === "vitest" ? name.split(" > ") : [name];
  const outside = place.file === null && place.printed !== null ? [place.printed] : [];
  return { suite: [...outside, ...nested, ...classes, ...parts.slice(0, -1)], name: parts.at(-1) ?? name };
}

/** The reporter of node --test escapes quotes before it escapes everything. */
const readTwice = (text = ""): string => text.replaceAll("&quot;", '"');
