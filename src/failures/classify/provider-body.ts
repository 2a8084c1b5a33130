import { isObject, type JsonObject } from "../../domain/json.ts";
import { type Headers, normaliseHeaders } from "../delays/headers.ts";
/** What is known of a provider's error from the JSON that it answered with. */
export interface BodyFacts {
  readonly provider?: string;
  readonly status?: number;
  /** The most exact first. */
  readonly codes: readonly string[];
  readonly message?: string;
  /** Names of quotas that were exceeded. */
  readonly quotas: readonly string[];
  readonly retryAfterMs?: number;
  /** Headers of an answer that this one passes on, in lower case. */
  readonly headers: Headers;
}

const objectIn = (value: unknown): JsonObject => (isObject(value) ? value : {});
const textIn = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const present = <T>(value: T | undefined): value is T => value !== undefined;

/**
 * Reads the error bodies and stop reasons of Anthropic, OpenAI, Gemini, Azure and Bedrock. Hostile input: what has
 * none of their shapes gives nothing.
 */
export function readBody(body: unknown): BodyFacts {
  // Gemini's streams answer with a list of one.
  const outer = objectIn(Array.isArray(body) ? body[0] : body);
  const error = objectIn(outer["error"] ?? objectIn(outer["response"])["error"]);
  const nested = nestedIn(error);
  if (nested) return readBody(nested);
  const details = listIn(error["details"]).map(objectIn);
  const violations = details.flatMap((detail) => listIn(detail["violations"]).map(objectIn));
  const metadata = details.map((detail) => objectIn(detail["metadata"]));
  const inner = objectIn(error["innererror"]);
  const codes = [
    ...details.map((detail) => detail["reason"]),
    objectIn(error["details"])["error_code"],
    inner["code"],
    error["code"],
    error["status"],
    error["type"],
    outer["__type"],
    outer["code"],
    ...stopReasons(outer),
  ].filter((code): code is string => typeof code === "string" && code !== "");
  const status = [error["code"], error["status"], outer["status"], outer["statusCode"], outer["status_code"]]
    .map(Number)
    .find((code) => Number.isInteger(code) && code >= 100 && code <= 599);
  const message = textIn(error["message"]) ?? textIn(outer["message"]) ?? textIn(outer["Message"]);
  const provider = providerOf(outer, error);
  const retryAfterMs = waitIn(error, details);
  return {
    codes,
    headers: normaliseHeaders(objectIn(objectIn(error["metadata"])["headers"])),
    quotas: [
      ...violations.map((violation) => textIn(violation["quotaId"])),
      ...metadata.map((item) => textIn(item["quota_limit"])),
    ].filter(present),
    ...(provider === undefined ? {} : { provider }),
    ...(status === undefined ? {} : { status }),
    ...(message === undefined ? {} : { message }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** Gemini's SDK puts the whole body as text into the message of another. */
function nestedIn(error: JsonObject): unknown {
  const message = textIn(error["message"]);
  if (message === undefined || !/^\s*[[{]/.test(message)) return undefined;
  try {
    const parsed: unknown = JSON.parse(message);
    return isObject(parsed) || Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Why a model stopped where that is a failure; the usual ends are no codes that a rule knows. */
function stopReasons(outer: JsonObject): unknown[] {
  const choice = objectIn(listIn(outer["choices"])[0]);
  const candidate = objectIn(listIn(outer["candidates"])[0]);
  const response = objectIn(outer["response"] ?? outer);
  return [
    outer["stop_reason"],
    outer["stopReason"],
    choice["finish_reason"],
    candidate["finishReason"],
    objectIn(outer["promptFeedback"])["blockReason"],
    objectIn(response["incomplete_details"])["reason"],
  ];
}

function providerOf(outer: JsonObject, error: JsonObject): string | undefined {
  if (outer["type"] === "error" || "stop_reason" in outer) return "anthropic";
  if (typeof outer["__type"] === "string" || "stopReason" in outer) return "bedrock";
  if ("innererror" in error || /Azure/.test(textIn(error["message"]) ?? "")) return "azure";
  if (typeof error["status"] === "string" || "candidates" in outer || "promptFeedback" in outer)
    return "gemini";
  return "param" in error || "choices" in outer ? "openai" : undefined;
}

/** `retryDelay: "34.07s"` of Google, `resets_in_seconds` of Codex. */
function waitIn(error: JsonObject, details: readonly JsonObject[]): number | undefined {
  const delay = details.map((detail) => textIn(detail["retryDelay"])).find(present);
  const seconds =
    delay === undefined ? error["resets_in_seconds"] : /^(\d{1,7}(?:\.\d{1,9})?)s$/.exec(delay)?.[1];
  const ms = seconds === undefined ? Number.NaN : Number(seconds) * 1000;
  return Number.isFinite(ms) && ms >= 0 ? Math.ceil(ms) : undefined;
}
