import type { ProviderError } from "../../domain/observation.ts";
import { providerRules } from "./provider-rules.ts";

/**
 * The beginnings of a line that tell of a provider's answer, with its status where that stands first: what agents and
 * the providers' libraries print. Anything else that holds the same words is somebody's text.
 */
const beginnings: readonly RegExp[] = [
  // Claude Code and Gemini CLI
  /^(?:✕ )?\[?API Error:? \(?(?:got status: )?(?:(\d{3})\b)?/,
  // Codex
  /^(?:ERROR: |■ )?(?:exceeded retry limit, last status: |unexpected status |Codex error: )(?:(\d{3})\b)?/,
  // the libraries for JavaScript
  /^(?:\w{1,40}Error|Error): (\d{3}) \{"(?:type|error)"/,
  /^ApiError: (?:got status: (\d{3})\b|\{"error":)/,
  // the libraries for Python
  /^(?:anthropic|openai|litellm|google\.genai\.errors|google\.api_core\.exceptions)\.(?:\w{1,40}\.){0,3}\w{1,60}: (?:litellm\.\w{1,60}: )?(?:(?:Error code: )?(\d{3})\b)?/,
  /^Error code: (\d{3}) - \{/,
  /^botocore\.(?:\w{1,40}\.)?\w{1,60}: An error occurred \(\w{1,80}\) when calling the (?:InvokeModel|Converse)\w{0,40} operation/,
];

const longest = 16_000;

/** The provider's error that a line tells of; undefined where it begins otherwise or says neither code nor status. */
export function readProviderLine(line: string): ProviderError | undefined {
  const match = beginnings.map((one) => one.exec(line)).find((found) => found !== null);
  if (!match) return undefined;
  // Bodies come as JSON, as JSON within JSON, and as Python writes a dict: the fields look alike in all of them.
  const text = line
    .slice(0, longest)
    .replace(/\\+n/g, " ")
    .replace(/\\+(["'])/g, "$1");
  const status = match[1] === undefined ? statusIn(text) : Number(match[1]);
  const code = codeIn(text);
  if (code === undefined && status === undefined) return undefined;
  return {
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
    message: messageIn(text) ?? text,
  };
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

function statusIn(text: string): number | undefined {
  const [, status] = /["'](?:code|status|status_code)["'] ?: ?["']?([45]\d\d)\b/.exec(text) ?? [];
  return status === undefined ? undefined : Number(status);
}

/** The innermost message, with the names of quotas that follow it. */
function messageIn(text: string): string | undefined {
  const message = [...text.matchAll(/["']message["'] ?: ?(["'])(?![[{ ])(.{1,2000}?)\1(?=\s{0,10}[,}])/g)].at(
    -1,
  )?.[2];
  const quotas = [...text.matchAll(/["'](?:quotaId|quota_limit)["'] ?: ?["']([\w-]{1,100})["']/g)].map(
    ([, id]) => id,
  );
  return message === undefined ? undefined : [message, ...quotas].join(" ");
}
