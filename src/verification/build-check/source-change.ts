/** A file of a change, as text. What is removed or no text (binary, or too large to judge) has no text. */
export interface SourceChange {
  /** Relative to the repository's root, with forward slashes. */
  readonly path: string;
  readonly status: "added" | "modified" | "deleted";
  /** As it is now; null when it was deleted or is no text. */
  readonly text: string | null;
  /** As it was at the base, under its old name where it was moved; null when it was not there or is no text. */
  readonly before: string | null;
}

const sampleFolder =
  /(^|\/)(_*(test-?)?fixtures?_*|test-?(data|files|cases|inputs?)|_*snapshots?_*|samples?|templates?|stubs|corpus|golden(s|-?files)?|baselines?|mocks?-?data|invalid|broken|bad|malformed)\//i;
const templateName = /\{\{|\}\}|\{%|(^|\/)_*cookiecutter/;

/** Whether a file may be broken on purpose, or be no file of its language yet: input of tests, a template. */
export const isSample = (path: string): boolean => sampleFolder.test(path) || templateName.test(path);

/** What is larger was generated; the time that parsing takes stays bounded. */
export const longestRead = 2_000_000;
