// The help topics: each error and each warning ends in a link to its own. A topic is the word of an entry in
// docs/troubleshooting.md, which `roomcast help WORD` prints. A test compares this with src/roomcast/help_topics.py.

/** By code of the wire: its topic. @type {{[code: string]: string}} */
export const OF_CODE = {
  "bad-message": "protocol",
  "unknown-type": "protocol",
  "hello-first": "protocol",
  "hello-late": "protocol",
  version: "version",
  "bad-name": "bad-name",
  "bad-argument": "arguments",
  "too-big": "too-big",
  "state-full": "too-big",
  "no-world": "late",
  rejected: "rules",
  "no-rules": "rules",
  "no-command": "rules",
  "rules-failed": "rules",
  rate: "too-fast",
  "room-full": "room-full",
  "room-locked": "room-full",
  "bad-password": "password",
  "auth-refused": "credential",
  "auth-late": "credential",
  "no-room": "closed",
  "rooms-full": "server-full",
  disk: "disk",
  "server-full": "server-full",
  gap: "protocol",
  origin: "not-let-in",
  silent: "away-too-long",
  replaced: "replaced",
  left: "closed",
  lost: "away-too-long",
  timeout: "away-too-long",
  closing: "closing",
  kicked: "kicked",
  "room-closed": "kicked",
  "bad-token": "token",
  "not-allowed": "not-allowed",
  "watch-full": "watch-full",
  "room-broken": "room-broken",
  "server-error": "room-broken",
  incomplete: "bytes",
  replay: "recording",
  unanswered: "unanswered",
};

/**
 * A sentence and its link. One that has a link already stays as it is.
 * @param {string} sentence
 * @param {string} topic
 */
export function withLink(sentence, topic) {
  return sentence && !sentence.includes("(help: roomcast ") ? `${sentence} (help: roomcast help ${topic})` : sentence;
}

/**
 * What an exception says, to be put into another sentence: without a link.
 * @param {unknown} error
 */
export function sentenceOf(error) {
  if (!(error instanceof Error)) {
    return String(error);
  }
  return "sentence" in error && typeof error.sentence === "string" ? error.sentence : error.message;
}
