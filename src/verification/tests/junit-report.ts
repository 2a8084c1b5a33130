import { SaxesParser } from "saxes";
import type { TestStatus } from "../../domain/tests.ts";
import type { Gathering } from "./gather-tests.ts";
import { type Attributes, fileOf, namesOf, type Suite } from "./junit-names.ts";
import type { ReportPaths } from "./report-path.ts";
import { lineIn, ownText, withoutStack } from "./report-text.ts";
import type { ReportFault } from "./test-report.ts";

/** A sink for the text of a JUnit report, piece by piece. */
export interface JUnitReader {
  /** The fault as soon as there is one; nothing is read after it. */
  write(text: string): ReportFault | null;
  /** The name of the tool that wrote the report, as far as that shows. */
  end(): { readonly fault: ReportFault } | { readonly fault: null; readonly tool: string };
}

interface OpenSuite extends Suite {
  /** Failures and errors that it claims for itself and what is in it. */
  readonly claimed: number;
  seen: number;
}

interface Case {
  readonly attributes: Attributes;
  status: TestStatus;
  message: string | undefined;
  text: string;
  /** How it ended the times before, where the tool ran it again. */
  readonly before: TestStatus[];
}

const outcomeTags = new Map<string, TestStatus>([
  ["failure", "failed"],
  ["error", "failed"],
  ["skipped", "skipped"],
]);
const rerunTags = new Set(["flakyFailure", "flakyError", "rerunFailure", "rerunError"]);
/** Text is handed over when this much has come, so that no element is ever held whole. */
const mostHeld = 65_536;
const deepest = 100;
// Not allowed in XML, and written all the same by several tools, in names and in what tests printed.
// oxlint-disable-next-line no-control-regex
const disallowed = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

/**
 * Reads JUnit XML in the dialects of pytest, vitest, jest-junit, node --test, cargo nextest, surefire and gtest. What
 * tests printed is dropped, and of a failure `textBytes` are kept. Entities of a document of its own are not expanded.
 */
export function createJUnitReader(paths: ReportPaths, gathering: Gathering, textBytes: number): JUnitReader {
  const parser = new SaxesParser({ xmlns: false as const });
  const open: string[] = [];
  const suites: OpenSuite[] = [];
  let tool = "junit";
  let fault: ReportFault | null = null;
  let rootSeen = false;
  let current: Case | null = null;
  /** The failure, error or skip whose text is being read. */
  let reading: string | null = null;
  let suiteError: { message: string; text: string } | null = null;
  let ending = false;

  const refuse = (kind: ReportFault["kind"], message: string): void => {
    fault ??= { kind, message };
  };
  const take = (text: string): void => {
    const target = current ?? suiteError;
    if (target && target.text.length < textBytes * 2) target.text += ownText(text.slice(0, textBytes * 2));
  };

  const beginRoot = (name: string, attributes: Attributes): void => {
    rootSeen = true;
    if (name !== "testsuites" && name !== "testsuite")
      refuse("unknown-format", `it is XML, but no JUnit report: its root is <${name.slice(0, 60)}>`);
    const label = attributes["name"] ?? "";
    if (label === "vitest tests") tool = "vitest";
    else if (label === "jest tests") tool = "jest";
    else if (label.startsWith("nextest")) tool = "nextest";
    else if (attributes["xsi:noNamespaceSchemaLocation"]?.includes("surefire")) tool = "surefire";
    else if (name === "testsuites" && Object.keys(attributes).length === 0) tool = "node";
  };

  const beginSuite = (attributes: Attributes): void => {
    if (attributes["name"] === "pytest" && suites.length === 0) tool = "pytest";
    const file = attributes["file"] ?? attributes["filepath"];
    suites.push({
      name: ownText(attributes["name"] ?? ""),
      file: file === undefined ? undefined : ownText(file),
      claimed: wholeNumber(attributes["failures"]) + wholeNumber(attributes["errors"]),
      seen: 0,
    });
  };

  const countFailing = (): void => {
    for (const suite of suites) suite.seen++;
  };

  const endSuite = (): void => {
    const suite = suites.pop();
    if (!suite || suite.claimed === 0 || suite.seen > 0) return;
    const file = paths.toFile(suite.file ?? "") ?? paths.toTestFile(suite.name);
    gathering.addCollectionError(
      file,
      `the suite ${suite.name} counts ${suite.claimed} failure${suite.claimed === 1 ? "" : "s"}, and shows none`,
    );
    countFailing();
  };

  const endCase = (test: Case): void => {
    const isFailing = test.status === "failed";
    if (isFailing) countFailing();
    const { attributes } = test;
    if (tool === "node" && !isOfNode(attributes, suites)) tool = "junit";
    const place = fileOf(attributes, suites, paths, tool);
    const names = namesOf(attributes, suites, place, paths, tool);
    if (names.name === null && test.status !== "skipped") {
      // It stands for the file as a whole, which is no test. One that passed had none in it.
      const message = [test.message, test.text].filter(Boolean).join("\n");
      if (isFailing) gathering.addCollectionError(place.file, message || "it failed as a whole");
      return;
    }
    const text = test.text.trim();
    const outcomes = [...test.before, test.status];
    // pytest counts from 0.
    const begin =
      attributes["line"] === undefined ? 0 : wholeNumber(attributes["line"]) + (tool === "pytest" ? 1 : 0);
    const line = (isFailing && place.file !== null && lineIn(text, place.file)) || begin;
    gathering.add({
      file: place.file,
      suite: names.suite,
      name: names.name ?? (attributes["name"] || "(the whole file)"),
      status: test.status,
      durationMs: milliseconds(attributes["time"]),
      line,
      ...(test.message || text ? { message: test.message || withoutStack(text) } : {}),
      ...(isFailing && text ? { trace: text } : {}),
      ...(outcomes.length > 1 ? { outcomes } : {}),
    });
  };

  const beginInCase = (test: Case, name: string, attributes: Attributes): void => {
    const outcome = outcomeTags.get(name);
    if (outcome === undefined) {
      if (rerunTags.has(name)) test.before.push("failed");
      return;
    }
    if (test.status !== "failed") {
      test.status = outcome;
      const message = (attributes["message"] ?? "").slice(0, textBytes * 2);
      // node --test writes `true` where no reason was given.
      test.message = message === "true" ? "" : ownText(message);
      test.text = "";
    }
    reading = name;
  };

  parser.on("opentag", ({ name, attributes }) => {
    if (fault) return;
    if (!rootSeen) beginRoot(name, attributes);
    if (open.length >= deepest) refuse("over-limits", `its elements are nested more than ${deepest} deep`);
    open.push(name);
    if (name === "testsuite") beginSuite(attributes);
    else if (name === "testcase" && current) refuse("malformed", "it has a test within a test");
    else if (name === "testcase")
      current = { attributes, status: statusOf(attributes), message: undefined, text: "", before: [] };
    else if (current) beginInCase(current, name, attributes);
    else if (name === "error" || name === "failure") {
      suiteError = { message: ownText((attributes["message"] ?? "").slice(0, textBytes * 2)), text: "" };
      reading = name;
    }
    if (reading !== null) parser.on("text", take);
  });
  parser.on("cdata", (text) => {
    if (reading !== null) take(text);
  });
  parser.on("closetag", ({ name }) => {
    if (fault) return;
    open.pop();
    if (name === reading) {
      reading = null;
      parser.off("text");
      if (suiteError) {
        const suite = suites.at(-1);
        const file = paths.toFile(suite?.file ?? "") ?? paths.toTestFile(suite?.name ?? "");
        gathering.addCollectionError(file, [suiteError.message, suiteError.text].filter(Boolean).join("\n"));
        suiteError = null;
        countFailing();
      }
    }
    if (name === "testsuite") endSuite();
    else if (name === "testcase" && current) {
      endCase(current);
      current = null;
    }
  });
  parser.on("error", (error) => {
    // A reference to a character that XML does not have: it stays as it is written.
    if (error.message.endsWith("malformed character entity.")) return;
    const where = `line ${error.message.slice(0, 300)}`;
    if (ending) refuse("truncated", `it ends in the middle (${where})`);
    else refuse("malformed", `it is no well-formed XML (${where})`);
  });

  /** What the parser has of an element whose text is taken in part, or not at all, is taken out of it. */
  const drain = (): void => {
    const held: unknown = Reflect.get(parser, "text");
    const isLeaf = reading !== null || dropped.has(open.at(-1) ?? "");
    if (!isLeaf || typeof held !== "string" || held.length < mostHeld) return;
    if (reading !== null) take(held);
    Reflect.set(parser, "text", "");
  };

  return {
    write(text) {
      if (fault) return fault;
      parser.write(text.replace(disallowed, "\ufffd"));
      drain();
      return fault ?? gathering.fault;
    },
    end() {
      ending = true;
      if (!fault) parser.close();
      return fault ? { fault } : { fault: null, tool };
    },
  };
}

/** `test` at the top, and in old versions everywhere; else the suites. */
const isOfNode = ({ classname }: Attributes, suites: readonly Suite[]): boolean =>
  classname === "test" || classname === suites.map((suite) => suite.name).join(".");

const dropped = new Set(["system-out", "system-err", "property", ...rerunTags, "stackTrace", "output"]);

/** Some tools tell in an attribute what others tell by an element. */
function statusOf(attributes: Attributes): TestStatus {
  const status = (attributes["status"] ?? attributes["result"] ?? "").toLowerCase();
  if (/^(fail|failed|failure|error)$/.test(status)) return "failed";
  return /^(notrun|skipped|disabled|ignored|suppressed)$/.test(status) ? "skipped" : "passed";
}

function wholeNumber(text: string | undefined): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

/** Seconds as tools print them, some with separators of thousands; 0 where it is no number. */
function milliseconds(text: string | undefined): number {
  const seconds = Number((text ?? "0").replaceAll(",", ""));
  return Number.isFinite(seconds) && seconds > 0 ? Math.round(seconds * 1e6) / 1e3 : 0;
}
