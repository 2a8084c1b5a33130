import { isTestPath } from "../../domain/paths.ts";
import { stemOf } from "./named.ts";

/** The stem of what a test file tests, by the naming of the common runners: `test_x.py`, `x.test.ts`, `XTest.java`. */
export const stemOfTest = (path: string): string =>
  stemOf(path)
    .replace(/^test_/, "")
    .replace(/(?:_test|_spec|Tests?)$/, "");

/** The tests among `paths` that are of the file at `path`. */
export const testsAmong = (paths: readonly string[], path: string): string[] =>
  paths.filter((one) => isTestPath(one) && (one === path || stemOfTest(one) === stemOf(path)));
