import type { ProviderError } from "../../domain/observation.ts";
import { beforePhrase, providerPhrases } from "./provider-phrases.ts";
import { providerRules } from "./provider-rules.ts";

/**
 * The beginnings of a line that tell of a provider's answer, with its status where that stands first: what agents and
 * the providers' libraries print. Anything else that holds the same words is somebody's text.
 */
const beginnings: readonly RegExp[] = [
  // Claude Code and its kin, and Gemini CLI
  /^(?:✕ )?\[?API Error:? \(?(?:got status: |OpenAI API error )?(?:(\d{3})\b)?/,
  // Codex
  /^(?:ERROR: |■ )?(?:exceeded retry limit, last status: |unexpected status |Codex error: )(?:(\d{3})\b)?/,
  // the libraries for JavaScript
  /^(?:\w{1,40}Error|Error): (\d{3}) \{"(?:type|error)"/,
  /^ApiError: (?:got status: (\d{3})\b|\{"error":)/,
  // the libraries for Python
  /^(?:anthropic|openai|litellm|google\.genai\.errors|google\.api_core\.exceptions)\.(?:\w{1,40}\.){0,3}\w{1,60}: (?:litellm\.\w{1,60}: )?(?:(?:Error code: )?(\d{3})\b)?/,
  /^(?:\w{1,40}Error: )?Error code: (\d{3}) - \{/,
  // Bedrock's, and AWS's command line
  /^(?:botocore\.(?:\w{1,40}\.)?\w{1,60}: )?An error occurred \(\w{1,80}\) when calling the (?:InvokeModel|Converse)\w{0,40} operation/,
];

const longest = 16_000;

/** The provider's error that a line tells of; undefined where it begins otherwise or says neither code nor status. */
export function readProviderLine(line: string): ProviderError | undefined {
  return readAnswer(line) ?? readPhrase(line);
}

function readAnswer(line: string): ProviderError | undefined {
  const match = beginnings.map((one) => one.exec(line)).find((found) => found !== null);
  if (!match) return undefined;
  // Bodies come as JSON, as JSON within JSON, and as Python writes a dict: the fields look alike in all of them.
  const text = line
    .slice(0, longest)
    .replace(/\\+n/g, " ")
    .replace(/\\+(["'])/g, "$1");
  const status = match[1] === undefined ? (statusIn(text) ?? statusOfClass(line)) : Number(match[1]);
  const code = codeIn(text) ?? errnoIn(line);
  if (code === undefined && status === undefined) return undefined;
  return {
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
    message: messageIn(text) ?? text,
  };
}

/** A provider's own sentence, behind what its library or an agent puts before it. */
function readPhrase(line: string): ProviderError | undefined {
  const before = beforePhrase.exec(line);
  if (!before) return undefined;
  const message = line.slice(before[0].length, longest);
  const phrase = providerPhrases.find(({ says }) => says.test(message));
  if (!phrase) return undefined;
  const status = before[1] === undefined ? {} : { status: Number(before[1]) };
  return { ...status, code: phrase.code, message };
}

const fields =
  /["'](?:type|code|status|reason|error_code|__type)["'] ?: ?["']([\w.#:-]{1,100})["']|An error occurred \((\w{1,80})\)/g;

/** The code that the earliest rule knows, since one body tells the same several times, more and less exactly. */
function codeIn(text: string): string | undefined {
  const codes = [...text.matchAll(fields)].map((match) => match[1] ?? match[2] ?? "");
  for (const rule of providerRules) {
    const known = codes.find((code) => rule.codes?.includes(code));
    if (known !== undefined && rule.says === undefined) return known;
  }
  return undefined;
}

/** `API Error: read ECONNRESET`, `API Error: fetch failed (ENOTFOUND)`. */
function errnoIn(line: string): string | undefined {
  return /^(?:✕ )?\[?API Error:? .{0,120}?\b(E(?:CONN(?:RESET|REFUSED|ABORTED)|PIPE|TIMEDOUT|SOCKETTIMEDOUT|NOTFOUND|AI_AGAIN|NETUNREACH|HOSTUNREACH|NETDOWN)|UND_ERR_\w{1,40}|ERR_STREAM_PREMATURE_CLOSE)\b/.exec(
    line,
  )?.[1];
}

const classes: Readonly<Record<string, number>> = {
  RateLimitError: 429,
  ResourceExhausted: 429,
  AuthenticationError: 401,
  PermissionDeniedError: 403,
  InternalServerError: 500,
  ServiceUnavailableError: 503,
  ServiceUnavailable: 503,
  DeadlineExceeded: 504,
  OverloadedError: 529,
};

/** The libraries for Python name the status by the class: `litellm.RateLimitError: …`. */
function statusOfClass(line: string): number | undefined {
  const [, name = ""] = /^(?:\w{1,40}\.){1,4}(\w{1,60}): /.exec(line) ?? [];
  return Object.hasOwn(classes, name) ? classes[name] : undefined;
}

function statusIn(text: string): number | undefined {
  const [, status] = /["'](?:code|status|status_code)["'] ?: ?["']?([45]\d\d)\b/.exec(text) ?? [];
  return status === undefined ? undefined : Number(status);
}

/** The innermost message, with the names of quotas that follow it and how long its details ask to wait. */
function messageIn(text: string): string | undefined {
  const message = [...text.matchAll(/["']message["'] ?: ?(["'])(?![[{ ])(.{1,2000}?)\1(?=\s{0,10}[,}])/g)].at(
    -1,
  )?.[2];
  const quotas = [...text.matchAll(/["'](?:quotaId|quota_limit)["'] ?: ?["']([\w-]{1,100})["']/g)].map(
    ([, id]) => id,
  );
  const [, delay] = /["']retryDelay["'] ?: ?["']([\d.]{1,20}s)["']/.exec(text) ?? [];
  const wait = delay === undefined ? [] : [`retry in ${delay}`];
  return message === undefined ? undefined : [message, ...quotas, ...wait].join(" ");
}
