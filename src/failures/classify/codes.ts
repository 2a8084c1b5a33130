import type { FailureKind, FailureOrigin } from "../../domain/failure.ts";

const ofStatus: Readonly<Record<number, FailureKind>> = {
  400: "request-rejected",
  401: "provider-key-refused",
  402: "billing-refused",
  403: "provider-access-denied",
  404: "model-not-found",
  408: "provider-timeout",
  413: "request-too-large",
  424: "provider-unavailable",
  425: "provider-unavailable",
  429: "rate-limited",
  499: "stream-interrupted",
  504: "provider-timeout",
  522: "provider-timeout",
  524: "provider-timeout",
  529: "provider-overloaded",
};

/** What an HTTP status of a model's provider means; undefined for what is no error. */
export function providerKindOfStatus(status: number | undefined): FailureKind | undefined {
  if (status === undefined || status < 400 || status > 599) return undefined;
  return ofStatus[status] ?? (status < 500 ? "request-rejected" : "provider-unavailable");
}

const timeouts = ["ETIMEDOUT", "ESOCKETTIMEDOUT", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"];
const interrupted = ["ECONNRESET", "EPIPE", "ECONNABORTED", "UND_ERR_SOCKET", "ERR_STREAM_PREMATURE_CLOSE"];
const unreachable = [
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "ENETDOWN",
  "UND_ERR_CONNECT_TIMEOUT",
];
const certificates = [
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "ERR_TLS_CERT_ALTNAME_INVALID",
];

/** What a refusal of the network means where it stands between a builder and its provider. */
export function providerKindOfErrno(errno: string): FailureKind | undefined {
  if (timeouts.includes(errno)) return "provider-timeout";
  if (interrupted.includes(errno)) return "stream-interrupted";
  if (unreachable.includes(errno)) return "provider-unavailable";
  return certificates.includes(errno) ? "tls-refused" : undefined;
}

const ofErrno: Readonly<Record<string, FailureKind>> = {
  ENOSPC: "disk-full",
  EDQUOT: "disk-full",
  EFBIG: "disk-full",
  EACCES: "permission-denied",
  EPERM: "permission-denied",
  EROFS: "permission-denied",
  EMFILE: "system-limit",
  ENFILE: "system-limit",
  ENOMEM: "system-limit",
  EAGAIN: "system-limit",
  EADDRINUSE: "port-in-use",
};

/** What a refusal of the operating system means. Only a provider's network is transient. */
export function kindOfErrno(errno: string, origin: FailureOrigin | undefined): FailureKind | undefined {
  if (origin === "provider") {
    const kind = providerKindOfErrno(errno);
    if (kind !== undefined) return kind;
  }
  if (certificates.includes(errno)) return "tls-refused";
  return Object.hasOwn(ofErrno, errno) ? ofErrno[errno] : undefined;
}

const crashes = ["SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP", "SIGSYS"];
const limits = ["SIGXCPU", "SIGXFSZ"];
/** What a shell exits with for a program that a signal ended is 128 and the signal's number. */
const numbers: Readonly<Record<number, string>> = {
  132: "SIGILL",
  133: "SIGTRAP",
  134: "SIGABRT",
  135: "SIGBUS",
  136: "SIGFPE",
  137: "SIGKILL",
  139: "SIGSEGV",
  143: "SIGTERM",
};

/** What a signal means that Autopack did not send. */
export function kindOfSignal(
  signal: string | undefined,
  exitCode: number | undefined,
): FailureKind | undefined {
  const name = signal ?? (exitCode === undefined ? undefined : numbers[exitCode]);
  if (name === undefined) return undefined;
  if (crashes.includes(name)) return "program-crashed";
  return limits.includes(name) ? "system-limit" : "program-killed";
}

/** Both sides of a merge changed the path: see `git status --porcelain`. */
export const unmergedCodes = ["DD", "AU", "UD", "UA", "DU", "AA", "UU"] as const;
