import type { FailureKind, FailureOrigin } from "../../domain/failure.ts";
import { providerTextRules } from "./provider-text-rules.ts";

/** What one line of a program's output tells. Every pattern is anchored, so that no phrase inside other text fits. */
export interface TextRule {
  readonly name: string;
  /** Whose output it is read in. */
  readonly from: readonly FailureOrigin[];
  readonly line: RegExp;
  readonly kind: FailureKind;
  /** A real line of this sort, which fits this rule before any other. */
  readonly example: string;
}

const tool = ["tool"] as const;
const toolOrApp = ["tool", "app"] as const;
const shell = String.raw`(?:\S*\/)?(?:sh|bash|zsh|dash): (?:line \d{1,6}: |\d{1,6}: )?`;

/** First what machines and tools say of themselves, then compilers and test runners. */
export const textRules: readonly TextRule[] = [
  ...providerTextRules,
  {
    name: "disk-full",
    from: ["tool", "host"],
    line: /^(?:\w[\w./ -]{0,60}: (?:.{0,2000}: )?No space left on device|(?:\w{0,40}Error: )?ENOSPC: no space left on device.*|npm (?:error|ERR!) code ENOSPC)$/,
    kind: "disk-full",
    example: "tar: vendor/big.bin: Cannot write: No space left on device",
  },
  {
    name: "registry-unavailable",
    from: tool,
    line: /^npm (?:error|ERR!) code (?:ETIMEDOUT|ECONNRESET|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ERR_SOCKET_TIMEOUT|E429|E5\d\d)$/,
    kind: "registry-unavailable",
    example: "npm error code ECONNRESET",
  },
  {
    name: "registry-unreachable",
    from: tool,
    line: /^(?:pip\._vendor\.urllib3\.exceptions\.ReadTimeoutError: |error: failed to (?:fetch|download from) .{0,300}(?:registry|index|crates\.io)|go: .{1,300}: dial tcp: .{0,200}(?:i\/o timeout|no such host)$)/,
    kind: "registry-unavailable",
    example:
      'go: example.org/mod@v1.2.3: Get "https://proxy.example/mod": dial tcp: lookup proxy.example: no such host',
  },
  {
    name: "package-unknown",
    from: tool,
    line: /^(?:npm (?:error|ERR!) code (?:E404|ETARGET|ENOVERSIONS)$|ERROR: (?:No matching distribution found for|Could not find a version that satisfies the requirement) |error: no matching package named |ERR_PNPM_(?:FETCH_404|NO_MATCHING_VERSION))/,
    kind: "dependency-not-found",
    example: "ERROR: No matching distribution found for left-padd==1.3.0",
  },
  {
    name: "packages-disagree",
    from: tool,
    line: /^(?:npm (?:error|ERR!) code ERESOLVE$|ERROR: ResolutionImpossible: |ERROR: Cannot install .{1,500} because these package versions have conflicting dependencies|error: failed to select a version for )/,
    kind: "dependency-conflict",
    example: "npm error code ERESOLVE",
  },
  {
    name: "lock-outdated",
    from: tool,
    line: /^(?:npm (?:error|ERR!) code EUSAGE$|ERR_PNPM_OUTDATED_LOCKFILE\b|error: the lock file .{1,300} needs to be updated but --(?:locked|frozen)|go: updates to go\.mod needed)/,
    kind: "lock-outdated",
    example: "npm error code EUSAGE",
  },
  {
    name: "tool-version",
    from: tool,
    line: /^(?:npm (?:error|ERR!) code (?:EBADENGINE|ENOTSUP)$|ERROR: Package '[^']{1,100}' requires a different Python: |go: go\.mod requires go >= )/,
    kind: "tool-version-wrong",
    example: "ERROR: Package 'demo' requires a different Python: 3.9.2 not in '>=3.11'",
  },
  {
    name: "permission-denied",
    from: tool,
    line: new RegExp(
      `^(?:npm (?:error|ERR!) code (?:EACCES|EPERM|EROFS)$|${shell}\\S{1,300}: Permission denied$)`,
    ),
    kind: "permission-denied",
    example: "sh: 1: ./setup.sh: Permission denied",
  },
  {
    name: "tool-missing",
    from: [...toolOrApp, "builder"],
    line: new RegExp(`^${shell}(?:command not found: \\S{1,200}|\\S{1,200}: (?:command )?not found)$`),
    kind: "tool-missing",
    example: "sh: 1: tsc: not found",
  },
  {
    name: "variable-missing",
    from: toolOrApp,
    line: new RegExp(
      `^(?:${shell}\\w{1,100}: (?:unbound variable|parameter (?:null or )?not set)|(?:\\w{0,40}Error: )?(?:Missing (?:required )?environment variable:? \\w{1,100}|[Ee]nvironment variable \\w{1,100} is (?:not set|missing|required)))\\.?$`,
    ),
    kind: "variable-missing",
    example: "Error: Missing required environment variable: DATABASE_URL",
  },
  {
    name: "port-in-use",
    from: toolOrApp,
    line: /^(?:Error: listen EADDRINUSE: |OSError: \[Errno (?:98|48)\] Address already in use|listen tcp .{0,100}: bind: address already in use$)/,
    kind: "port-in-use",
    example: "Error: listen EADDRINUSE: address already in use :::3000",
  },
  {
    name: "certificate",
    from: tool,
    line: /^npm (?:error|ERR!) code (?:SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w{1,60}|CERT_HAS_EXPIRED|DEPTH_ZERO_SELF_SIGNED_CERT)$/,
    kind: "tls-refused",
    example: "npm error code SELF_SIGNED_CERT_IN_CHAIN",
  },
  {
    name: "database-unreachable",
    from: toolOrApp,
    line: /^(?:psql: error: |\w[\w.]{0,80}Error: )?(?:connection to server (?:at|on) .{1,200} failed: |connect ECONNREFUSED \S{1,60}:(?:5432|3306|6379|27017)$|FATAL: {1,2}(?:password authentication failed|database "[^"]{1,100}" does not exist))/,
    kind: "database-unreachable",
    example: 'psql: error: connection to server at "127.0.0.1", port 5432 failed: Connection refused',
  },
  {
    name: "migration-failed",
    from: toolOrApp,
    line: /^(?:Error: P30(?:06|09|18)\b|FAILED: (?:Target database is not up to date|Can't locate revision)|alembic\.util\.exc\.CommandError: |django\.db\.migrations\.exceptions\.\w{1,60}: |ActiveRecord::PendingMigrationError)/,
    kind: "migration-failed",
    example: "Error: P3009",
  },
  {
    name: "database-schema",
    from: toolOrApp,
    line: /^(?:[\w.]{1,100}(?:Error|Exception): )?(?:\(?[\w.]{0,100}\)? ?)?(?:(?:ERROR: {1,2})?(?:relation|column) "[^"]{1,100}" does not exist|no such (?:table|column): \S{1,100}|Unknown column '[^']{1,100}' in )/,
    kind: "database-schema-wrong",
    example: "sqlite3.OperationalError: no such table: notes",
  },
  {
    name: "merge-conflict",
    from: ["change", "tool"],
    line: /^CONFLICT \([\w/ ]{1,40}\): /,
    kind: "merge-conflict",
    example: "CONFLICT (content): Merge conflict in src/app.ts",
  },
  {
    name: "patch-rejected",
    from: ["change", "tool", "builder"],
    line: /^error: (?:patch failed: .{1,300}:\d{1,7}|.{1,300}: patch does not apply|corrupt patch at .{1,100}|No valid patches in input.{0,100}|patch fragment without header at .{1,100}|.{1,300}: (?:does not exist in index|already exists in (?:index|working directory)|does not match index))$/,
    kind: "patch-rejected",
    example: "error: patch failed: src/app.ts:12",
  },
  {
    name: "repository-locked",
    from: ["change", "tool", "host", "builder"],
    line: /^fatal: Unable to create '.{1,400}\.lock': File exists\.?$/,
    kind: "repository-locked",
    example: "fatal: Unable to create '/w/tree/.git/index.lock': File exists.",
  },
  {
    name: "dependency-missing",
    from: toolOrApp,
    line: /^(?:E {2,8})?(?:ModuleNotFoundError: No module named '[\w.]{1,100}'|Error: Cannot find module '(?![./])[^']{1,200}'|Error \[ERR_MODULE_NOT_FOUND\]: Cannot find package '|\S{1,300}: no required module provides package |error\[E0463\]: can't find crate for )/,
    kind: "dependency-missing",
    example: "ModuleNotFoundError: No module named 'requests'",
  },
  {
    name: "import-missing",
    from: toolOrApp,
    line: /^(?:Error: Cannot find module '[./]|Error \[ERR_MODULE_NOT_FOUND\]: Cannot find module '|\S{1,300}\(\d{1,7},\d{1,5}\): error TS2307: Cannot find module '\.|error\[E0(?:432|433|583)\]: )/,
    kind: "import-missing",
    example:
      "src/app.ts(3,20): error TS2307: Cannot find module './missing.js' or its corresponding type declarations.",
  },
  {
    name: "syntax",
    from: toolOrApp,
    line: /^(?:\S{1,300}\(\d{1,7},\d{1,5}\): error TS1\d{3}: |error(?:\[E\d{4}\])?: .{0,300}(?:aborting due to|could not compile)|error\[E\d{4}\]: |\S{1,300}\.go:\d{1,7}:\d{1,5}: (?:syntax error|undefined: |cannot use |declared and not used)|\S{1,300}\.(?:java|kt|scala):\d{1,7}: error: |\S{1,300}\.(?:c|cc|cpp|h|hpp):\d{1,7}:\d{1,5}: (?:fatal )?error: |\s*SyntaxError: |\s*IndentationError: )/,
    kind: "compile-failed",
    example: "error[E0308]: mismatched types",
  },
  {
    name: "types",
    from: toolOrApp,
    line: /^(?:\S{1,300}\(\d{1,7},\d{1,5}\): error TS\d{4,5}: |\S{1,300}:\d{1,7}: error: .{1,500} {1,3}\[[a-z-]{1,40}\]$)/,
    kind: "types-failed",
    example: "src/app.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.",
  },
  {
    name: "lint",
    from: toolOrApp,
    line: /^(?:✖ \d{1,7} problems? \(\d{1,7} errors?, |Found \d{1,7} errors?\.$|\[warn\] Code style issues found in )/,
    kind: "lint-failed",
    example: "✖ 3 problems (2 errors, 1 warning)",
  },
  {
    name: "tests-not-found",
    from: toolOrApp,
    line: /^(?:No test files found, exiting with code |No tests found, exiting with code |=+ no tests (?:ran|collected) in |=+ \d{1,7} deselected in |collected 0 items$)/,
    kind: "tests-not-found",
    example: "============================ no tests ran in 0.01s =============================",
  },
  {
    name: "tests-not-loaded",
    from: toolOrApp,
    line: /^(?:ERROR collecting \S|_+ ERROR collecting \S{1,300} _+$|!+ Interrupted: \d{1,5} errors? during collection !+$|● Test suite failed to run$|⎯+ Failed Suites \d{1,5} ⎯+$)/,
    kind: "tests-not-loaded",
    example: "!!!!!!!!!!!!!!!!!!!! Interrupted: 1 error during collection !!!!!!!!!!!!!!!!!!!!",
  },
];
